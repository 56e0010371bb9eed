#pragma once

#include <godwit/event.hpp>

#include <fstream>
#include <string>

/// The service's own log, a line an event. godwit prints nothing itself: what it does arrives in on().
class ServiceLog final : public godwit::Reporter {
  public:
    explicit ServiceLog(const std::string& file) : out_(file, std::ios::app) {}

    void line(const std::string& text);
    void on(const godwit::Event& event) override;

  private:
    std::ofstream out_;
};
