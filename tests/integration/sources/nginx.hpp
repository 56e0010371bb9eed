#pragma once

#include <memory>
#include <string>

#include "plugins/folder.hpp"
#include "process.hpp"

namespace godwit::test {

/// Debian's nginx with a configuration of its own: what it serves is below files(). Plain and TLS, each on a
/// free port; the certificate comes from an authority made for the test.
///   /html/ /json/  the folder, listed        /none/  not listed
///   /private/      user anna, password s3cret-pw (basic)
///   /token/        Bearer s3cret-token       /key/   X-Api-Key: s3cret-key
///   /downgrade/    (TLS) a redirect to plain http
/// All of them hold the same files.
class Nginx {
  public:
    Nginx();

    [[nodiscard]] std::filesystem::path files() const { return folder_.path() / "files"; }
    [[nodiscard]] std::filesystem::path authority() const { return folder_.path() / "ca.pem"; }
    [[nodiscard]] std::string plain(const std::string& path, const std::string& user = {}) const;
    [[nodiscard]] std::string tls(const std::string& path, const std::string& user = {}) const;
    /// One line a request: "connection-number protocol status path".
    [[nodiscard]] std::string access_log() const { return read_file(folder_.path() / "access.log"); }

    static bool installed();

  private:
    void make_certificates() const;
    void configure() const;

    Folder folder_;
    unsigned port_ = free_port();
    unsigned tls_port_ = free_port();
    std::unique_ptr<Process> process_;
};

}  // namespace godwit::test
