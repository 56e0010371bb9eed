#include <libpq-fe.h>

#include <memory>

#include "fuzz.hpp"
#include "postgresql/url.hpp"

// What is read from a URL reaches libpq unchanged: its own parser gives back every keyword that we meant. No
// error shows the password.

namespace {

using godwit::Errc;
using godwit::Url;
using godwit::fuzz::require;
using godwit::postgresql::Target;

/// The environment is no part of the input: what it would add must not make runs differ.
godwit::DriverOptions options() {
    godwit::DriverOptions made;
    made.env = [](std::string_view) { return std::nullopt; };
    return made;
}

void check_libpq_reads(const Target& target) {
    char* trouble = nullptr;
    const std::string text = godwit::postgresql::connection_string(target.keywords);
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> all(
        PQconninfoParse(text.c_str(), &trouble), &PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> message(trouble, &PQfreemem);
    if (all == nullptr) std::cerr << text << "\n" << (trouble != nullptr ? trouble : "");
    require(all != nullptr);
    for (const auto& [key, value] : target.keywords) {
        bool found = false;
        for (const PQconninfoOption* option = all.get(); option->keyword != nullptr; ++option)
            found = found || (key == option->keyword && option->val != nullptr && value == option->val);
        require(found);
    }
}

bool read(const std::string& text, Target& target) {
    return godwit::fuzz::goes_through(Errc::Usage, [&] {
        target = godwit::postgresql::read_target(Url::parse(text), options());
        check_libpq_reads(target);
    });
}

void check_password(const std::string& password) {
    const std::string text = "postgres://user:" + godwit::percent_encode(password) + "@host/name";
    Target target;
    if (read(text, target)) require(target.password.reveal() == password);
}

void check_query_error(const std::string& query, const std::string& password) {
    const std::string text = "pgx5://user:" + password + "@host/name?" + query;
    try {
        (void)godwit::postgresql::read_target(Url::parse(text), options());
    } catch (const godwit::Error& error) {
        require(std::string(error.what()).find(password) == std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    Target target;
    read(text, target);
    read("postgres://" + text, target);
    check_password(text);
    if (text.find("s3cr3t-pw") == std::string::npos) check_query_error(text, "s3cr3t-pw");
    return 0;
}
