#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace godwit::test {

/// A program that runs beside the test, killed and waited for at the end. Its output goes to a file.
class Process {
  public:
    Process(const std::vector<std::string>& command, const std::filesystem::path& output);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] bool running();

  private:
    pid_t pid_ = -1;
};

/// Runs a program to its end; throws with its output where the exit code is not 0.
void run(const std::vector<std::string>& command, const std::filesystem::path& output);

/// A port of 127.0.0.1 that was free a moment ago.
unsigned free_port();
/// Waits until somebody listens; throws where the process ends before, or after ten seconds.
void wait_for_port(unsigned port, Process& process, const std::filesystem::path& output);
/// Waits until the process has written a line that contains `word`; gives that line.
std::string wait_for_line(const std::string& word, Process& process, const std::filesystem::path& output);

[[nodiscard]] std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, const std::string& content);

}  // namespace godwit::test
