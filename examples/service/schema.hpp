#pragma once

#include <godwit/event.hpp>

#include <functional>
#include <string>

struct SchemaAnswer {
    bool ready = false;
    std::string text;  ///< the version, or why the service cannot start and what to do
};

/// Brings the database up to the schema that this program was built with. Refuses one that is half-done or
/// newer. Throws godwit::Error where the database cannot be reached, or its lock is not free in time.
SchemaAnswer bring_up_to_date(const std::string& url, godwit::Reporter& log, std::function<bool()> stop);
