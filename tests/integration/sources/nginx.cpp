#include "nginx.hpp"

#include <fmt/format.h>

namespace godwit::test {
namespace {

constexpr const char* kProgram = "/usr/sbin/nginx";

constexpr const char* kConfiguration = R"(user root;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    log_format short '$connection $server_protocol $status $uri';
    access_log {folder}/access.log short;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type text/plain;
    gzip off;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl http2;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        location /html/ {{ alias {folder}/files/; autoindex on; }}
        location /json/ {{ alias {folder}/files/; autoindex on; autoindex_format json; }}
        location /none/ {{ alias {folder}/files/; }}
        location /private/ {{
            alias {folder}/files/;
            autoindex on;
            auth_basic migrations;
            auth_basic_user_file {folder}/users;
        }}
        location /token/ {{
            if ($http_authorization != "Bearer s3cret-token") {{ return 401; }}
            alias {folder}/files/;
            autoindex on;
        }}
        location /key/ {{
            if ($http_x_api_key != "s3cret-key") {{ return 403; }}
            alias {folder}/files/;
            autoindex on;
        }}
        location /downgrade/ {{ return 302 http://127.0.0.1:{port}/html/; }}
    }}
}}
)";

std::string address(const char* scheme, unsigned port, const std::string& path, const std::string& user) {
    return fmt::format("{}://{}{}127.0.0.1:{}{}", scheme, user, user.empty() ? "" : "@", port, path);
}

}  // namespace

Nginx::Nginx() {
    std::filesystem::create_directory(files());
    make_certificates();
    configure();
    const auto output = folder_.path() / "output";
    const auto prefix = folder_.path().string();
    process_ = std::make_unique<Process>(
        std::vector<std::string>{kProgram, "-p", prefix, "-c", prefix + "/nginx.conf", "-e",
                                 prefix + "/error.log"},
        output);
    wait_for_port(port_, *process_, output);
}

bool Nginx::installed() {
    return std::filesystem::exists(kProgram);
}

void Nginx::make_certificates() const {
    const auto in = [this](const char* name) { return (folder_.path() / name).string(); };
    const auto output = folder_.path() / "openssl";
    run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
         "2", "-subj", "/CN=test authority", "-keyout", in("ca.key"), "-out", in("ca.pem")},
        output);
    run({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
         "/CN=127.0.0.1", "-keyout", in("server.key"), "-out", in("server.csr")},
        output);
    write_file(in("names"), "subjectAltName=IP:127.0.0.1\n");
    run({"openssl", "x509", "-req", "-days", "2", "-in", in("server.csr"), "-CA", in("ca.pem"), "-CAkey",
         in("ca.key"), "-CAcreateserial", "-extfile", in("names"), "-out", in("server.pem")},
        output);
}

void Nginx::configure() const {
    write_file(folder_.path() / "users", "anna:{PLAIN}s3cret-pw\n");
    write_file(folder_.path() / "nginx.conf",
               fmt::format(fmt::runtime(kConfiguration), fmt::arg("folder", folder_.path().string()),
                           fmt::arg("port", port_), fmt::arg("tls_port", tls_port_)));
}

std::string Nginx::plain(const std::string& path, const std::string& user) const {
    return address("http", port_, path, user);
}

std::string Nginx::tls(const std::string& path, const std::string& user) const {
    return address("https", tls_port_, path, user);
}

}  // namespace godwit::test
