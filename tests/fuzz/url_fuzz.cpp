#include "fuzz.hpp"
#include "godwit/url.hpp"

// A URL that is read can be written and read again; its password is never shown, encoded or not.

namespace {

using godwit::Errc;
using godwit::Url;
using godwit::fuzz::require;

std::string written(const std::string& scheme, const Url::Parts& parts) {
    std::string text = scheme + ":";
    if (parts.has_authority) {
        text += "//";
        if (!parts.user.empty() || parts.has_password) text += godwit::percent_encode(parts.user);
        if (parts.has_password) text += ":" + godwit::percent_encode(parts.password.reveal());
        if (!parts.user.empty() || parts.has_password) text += "@";
        text += parts.host.find(':') == std::string::npos ? godwit::percent_encode(parts.host)
                                                          : "[" + godwit::percent_encode(parts.host) + "]";
        if (parts.port) text += ":" + std::to_string(*parts.port);
    }
    text += parts.raw_path;
    char between = '?';
    for (const auto& [key, value] : parts.query) {
        text += between + godwit::percent_encode(key) + "=" + godwit::percent_encode(value);
        between = '&';
    }
    return parts.fragment.empty() ? text : text + "#" + godwit::percent_encode(parts.fragment);
}

void check_any(const std::string& text) {
    godwit::fuzz::goes_through(Errc::Usage, [&] {
        const Url url = Url::parse(text);
        require(url.raw().reveal() == text && text.ends_with(url.rest().reveal()));
        const std::string shown = url.redacted();
        const Url::Parts parts = url.parts();
        const Url::Parts again = Url::parse(written(url.scheme(), parts)).parts();
        require(again.user == parts.user && again.password.reveal() == parts.password.reveal());
        require(again.has_password == parts.has_password && again.host == parts.host);
        require(again.port == parts.port && again.path == parts.path && again.query == parts.query);
        require(again.fragment == parts.fragment && again.has_authority == parts.has_authority);
    });
}

const std::string kBefore = "postgres://user:";
const std::string kBehind = "@host:5432/name?sslmode=disable";
const std::string kShown = kBefore + "***" + kBehind;

/// All that is said of a URL with this password in it as it is.
std::string said_of(const std::string& password) {
    const Url url = Url::parse(kBefore + password + kBehind);
    try {
        (void)url.parts();
        return url.redacted();
    } catch (const godwit::Error& error) {
        return url.redacted() + error.what() + error.info().hint;
    }
}

/// Another password of the same form: what is said of both is no part of either.
std::string another(std::string password) {
    for (char& c : password) {
        if ((c >= 'a' && c < 'z') || (c >= 'A' && c < 'Z') || (c >= '0' && c < '9'))
            ++c;
        else if (c == 'z' || c == 'Z' || c == '9')
            --c;
    }
    return password;
}

/// The input as a password: as it should be written, and as people write it.
void check_password(const std::string& password) {
    const Url url = Url::parse(kBefore + godwit::percent_encode(password) + kBehind);
    require(url.redacted() == kShown);
    require(url.parts().password.reveal() == password);

    // `user:5432?…` and `user:5432/…` are a host and its port as well
    const auto digits = password.find_first_not_of("0123456789");
    const bool like_a_port = digits != std::string::npos &&
                             std::string_view("/?#").find(password[digits]) != std::string_view::npos;
    // `pw@db/name?key=…@…` has its password in front of the first '@' as well, and a query with an '@' in it
    const auto at = password.find('@');
    const bool like_a_url = at != std::string::npos && password.find('?', at) != std::string::npos;
    if (!like_a_port && !like_a_url)
        require(!godwit::fuzz::shows(said_of(password), password, said_of(another(password)) + kShown));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = godwit::fuzz::text_of(data, size);
    require(godwit::percent_decode(godwit::percent_encode(text)) == text);
    check_any(text);
    check_password(text);
    return 0;
}
