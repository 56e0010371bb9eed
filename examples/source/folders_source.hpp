#pragma once

#include <godwit/source.hpp>
#include <godwit/url.hpp>

#include <memory>

/// `folders://DIR`: migrations with a folder each. DIR/1_birds/up.sql is listed as 1_birds.up.sql.
std::unique_ptr<godwit::Source> open_folders(const godwit::Url& url, const godwit::SourceOptions& options);
