#include "godwit/script.hpp"

#include <algorithm>
#include <utility>

#include "godwit/hash.hpp"
#include "script/checksums.hpp"
#include "script/encoding.hpp"
#include "script/position.hpp"
#include "script/splitter.hpp"
#include "script/token_hash.hpp"
#include "script/trouble.hpp"

namespace godwit {

Script Script::parse(std::string text, const Dialect& dialect, std::string file) {
    return split(std::make_shared<const std::string>(std::move(text)), dialect, std::move(file));
}

Script Script::split_again(const Dialect& dialect) const {
    return split(content().text, dialect, file());
}

Script Script::split(Text text, const Dialect& dialect, std::string file) {
    auto content = content_of(std::move(text), dialect, std::move(file));
    script::require_text({*content->text, content->file});
    return split(std::move(content));
}

Script Script::split(std::shared_ptr<Content> content) {
    const script::Origin origin{*content->text, content->file};
    script::SplitResult split = script::Splitter(origin, content->dialect).run();
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
    static const Content kEmpty{.text = std::make_shared<const std::string>()};
    return content_ ? *content_ : kEmpty;
}

const Directives& Script::directives(const Statement& statement) const noexcept {
    static const Directives kNothing;
    const std::size_t number = statement.directives;
    const auto& own = content().own;
    return number == 0 || number > own.size() ? kNothing : own[number - 1];
}

bool Script::is_known_utf8() const noexcept {
    return content().utf8;
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
