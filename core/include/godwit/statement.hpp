#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "godwit/api.hpp"

namespace godwit {

enum class StatementKind : std::uint8_t {
    Query,        ///< SELECT, VALUES, TABLE, SHOW, EXPLAIN, WITH … SELECT
    Dml,          ///< INSERT, UPDATE, DELETE, MERGE, REPLACE, TRUNCATE where transactional
    Ddl,          ///< CREATE, ALTER, DROP, COMMENT, GRANT, …
    Copy,         ///< COPY … FROM stdin with inline data
    Transaction,  ///< BEGIN, START TRANSACTION, COMMIT, ROLLBACK, SAVEPOINT, …
    Session,      ///< SET, RESET, USE, PRAGMA, LISTEN, PREPARE, …
    Block,        ///< DO, CALL, BEGIN NOT ATOMIC: may do anything
    Other,        ///< not recognised: drivers treat it with the most care
};

/// A statement's attitude to transactions.
enum class TransactionNeed : std::uint8_t {
    Any,
    Refuses,   ///< CREATE INDEX CONCURRENTLY, VACUUM, … (facts/ddl-locks.md 4.1)
    Needs,     ///< LOCK TABLE, DECLARE … CURSOR, SET LOCAL
    Controls,  ///< begins, ends or marks one itself
};

/// One statement of a script. Offsets are bytes into Script::text(); Script::parse refuses 4 GiB and more.
struct Statement {
    std::uint32_t piece_begin = 0;  ///< pieces tile the script: first at 0, each begins where the last ended
    std::uint32_t piece_end = 0;    ///< behind the terminator (and COPY data); the last piece ends at the end
    std::uint32_t begin = 0;        ///< first byte of the SQL itself, behind comments and blanks
    std::uint32_t end = 0;          ///< behind its last byte, without the terminator
    std::uint32_t line = 1;         ///< of `begin`, 1-based
    std::uint32_t column = 1;       ///< of `begin`, 1-based, in characters
    std::uint32_t copy_data_begin = 0;  ///< inline COPY data, without the line of the terminator "\."
    std::uint32_t copy_data_end = 0;    ///< equal to copy_data_begin where there is none
    std::uint32_t directives = 0;       ///< opaque: ask Script::directives(statement)
    StatementKind kind = StatementKind::Other;
    TransactionNeed transaction = TransactionNeed::Any;
    bool sets_session_state =
        false;                     ///< leaves something behind in the session (SET, PREPARE, TEMP TABLE, …)
    bool implicit_commit = false;  ///< ends an open transaction by itself (MySQL DDL and friends)
};

/// The statements of a script, in order. Scripts may have millions of them: they are packed, three bytes for
/// a line like the one before it, and unpacked when they are read. Reading gives values, not references.
/// Thread-safe for reading.
class GODWIT_API StatementList {
  public:
    class Iterator;
    using value_type = Statement;
    using const_iterator = Iterator;
    using iterator = Iterator;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// `index` < size(). Unpacks up to 16 statements; an Iterator unpacks each once.
    [[nodiscard]] Statement operator[](std::size_t index) const noexcept;
    /// Of a list that is not empty.
    [[nodiscard]] Statement front() const noexcept { return (*this)[0]; }
    [[nodiscard]] const Statement& back() const noexcept { return last_; }
    [[nodiscard]] Iterator begin() const noexcept;
    [[nodiscard]] Iterator end() const noexcept;

    /// Its piece begins where the last one ended, the first at 0; its line is no smaller than the last one's.
    void push_back(const Statement& statement);
    /// Where the piece of back() ends. The list is not empty.
    void end_last_piece(std::uint32_t at) noexcept { last_.piece_end = at; }
    /// Makes room for `times` as many statements like those in the list: growing by doubling would need the
    /// memory three times over for a while.
    void expect_times(std::size_t times);
    /// Bytes that the statements take, without this object.
    [[nodiscard]] std::size_t bytes() const noexcept {
        return packed_.size() + anchors_.size() * sizeof(Anchor);
    }

  private:
    /// What unpacking a block begins with.
    struct Anchor {
        std::uint64_t at;  ///< into packed_
        std::uint32_t piece_begin;
        std::uint32_t line;  ///< of the statement before
    };

    void pack_last();
    void put(std::uint32_t number);
    [[nodiscard]] std::uint32_t take(std::uint64_t& at) const noexcept;
    /// Turns `statement`, the one before, into the one at `at`, and moves `at` behind it.
    void unpack(Statement& statement, std::uint64_t& at) const noexcept;

    std::vector<std::uint8_t> packed_;  ///< all but the last
    std::vector<Anchor> anchors_;       ///< one for each block of statements
    Statement before_last_;
    Statement last_;
    std::size_t size_ = 0;
};

class GODWIT_API StatementList::Iterator {
  public:
    using iterator_concept = std::forward_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Statement;
    using difference_type = std::ptrdiff_t;
    using reference = Statement;
    using pointer = void;

    Iterator() = default;
    Statement operator*() const noexcept { return statement_; }
    Iterator& operator++() noexcept;
    Iterator operator++(int) noexcept {
        Iterator before = *this;
        ++*this;
        return before;
    }
    friend Iterator operator+(const Iterator& from, difference_type many) noexcept {
        return {*from.list_, from.index_ + static_cast<std::size_t>(many)};
    }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.index_ == b.index_; }
    friend difference_type operator-(const Iterator& a, const Iterator& b) noexcept {
        return static_cast<difference_type>(a.index_) - static_cast<difference_type>(b.index_);
    }

  private:
    friend class StatementList;
    Iterator(const StatementList& list, std::size_t index) noexcept;
    void read() noexcept;

    const StatementList* list_ = nullptr;
    std::size_t index_ = 0;
    std::uint64_t at_ = 0;  ///< behind the statement, in packed_
    Statement statement_;
};

}  // namespace godwit
