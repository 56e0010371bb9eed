#include "godwit/script.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "godwit/hash.hpp"
#include "script/checksums.hpp"
#include "script/position.hpp"
#include "script/splitter.hpp"
#include "script/token_hash.hpp"
#include "script/trouble.hpp"

namespace godwit {
namespace {

constexpr std::string_view kSaveAsUtf8 = "save the file as UTF-8 and try again";

/// By its mark, or by two letters of ASCII at its start.
bool looks_like_utf16(std::string_view text) {
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
    if (text.size() < 4) return false;
    const auto letter = [&](std::size_t i) { return text[i] >= '\t' && text[i] <= '~'; };
    const bool little = letter(0) && text[1] == '\0' && letter(2) && text[3] == '\0';
    const bool big = text[0] == '\0' && letter(1) && text[2] == '\0' && letter(3);
    return little || big;
}

/// Refuses what is no text in an encoding that servers take.
void require_text(const script::Origin& origin) {
    const std::string_view text = origin.text;
    if (text.size() > std::numeric_limits<std::uint32_t>::max())
        script::refuse({text.substr(0, 0), origin.file}, 0, "script of 4 GiB or more",
                       "split the file into several migrations");
    const std::size_t nul = text.find('\0');
    if (looks_like_utf16(text))
        script::refuse(origin, 0, "script is not UTF-8 but looks like UTF-16", std::string(kSaveAsUtf8));
    if (nul != std::string_view::npos)
        script::refuse(origin, nul, "NUL byte in the script: this is not a text file",
                       std::string(kSaveAsUtf8));
}

}  // namespace

Script Script::parse(std::string text, const Dialect& dialect, std::string file) {
    return split(std::make_shared<const std::string>(std::move(text)), dialect, std::move(file));
}

Script Script::split_again(const Dialect& dialect) const {
    return split(content().text, dialect, file());
}

Script Script::split(Text text, const Dialect& dialect, std::string file) {
    auto content = content_of(std::move(text), dialect, std::move(file));
    const script::Origin origin{*content->text, content->file};
    require_text(origin);
    script::SplitResult split = script::Splitter(origin, dialect).run();
    content->statements = std::move(split.statements);
    content->own = std::move(split.own);
    Script script;
    script.content_ = std::move(content);
    script.directives_ = std::move(split.file);
    return script;
}

std::shared_ptr<Script::Content> Script::content_of(Text text, const Dialect& dialect, std::string file) {
    auto content = std::make_shared<Content>();
    content->text = std::move(text);
    content->file = std::move(file);
    content->dialect = dialect;
    if (content->text->size() >= script::Checksums::kWorthAThread)
        content->checksums = std::make_shared<script::Checksums>();
    return content;
}

const Script::Content& Script::content() const noexcept {
    static const Content kEmpty{std::make_shared<const std::string>(), {}, {}, {}, {}, {}};
    return content_ ? *content_ : kEmpty;
}

const Directives& Script::directives(const Statement& statement) const noexcept {
    static const Directives kNone;
    const std::size_t number = statement.directives;
    const auto& own = content().own;
    return number == 0 || number > own.size() ? kNone : own[number - 1];
}

Script Script::with_default_retry(unsigned tries) && {
    if (!directives_.retry) directives_.retry = tries;
    return std::move(*this);
}

std::string_view Script::sql(const Statement& statement) const noexcept {
    return std::string_view(text()).substr(statement.begin, statement.end - statement.begin);
}

std::string_view Script::copy_data(const Statement& statement) const noexcept {
    return std::string_view(text()).substr(statement.copy_data_begin,
                                           statement.copy_data_end - statement.copy_data_begin);
}

Position Script::position_of(std::size_t offset) const noexcept {
    return script::PositionCounter(text()).advance_to(std::min(offset, text().size()));
}

std::string Script::excerpt(std::size_t offset) const {
    return script::excerpt(text(), offset);
}

std::string Script::sha256() const {
    const auto& ahead = content().checksums;
    if (auto values = ahead ? ahead->wait() : std::nullopt) return std::move(values->bytes);
    return sha256_hex(text());
}

std::string Script::token_sha256() const {
    const auto& ahead = content().checksums;
    auto values = ahead ? ahead->wait() : std::nullopt;
    if (values && values->tokens) return *std::move(values->tokens);
    return script::token_sha256(text(), file(), content().dialect);
}

void Script::begin_checksums() const {
    const Content& content = this->content();
    if (content.checksums) content.checksums->begin(content.text, content.file, content.dialect);
}

std::vector<std::string> Script::statement_hashes() const {
    script::StatementHashes hashes;
    script::Splitter({text(), file()}, content().dialect, &hashes).run();
    auto all = std::move(hashes).take();
    if (all.size() != statements().size()) all.clear();
    return all;
}

}  // namespace godwit
