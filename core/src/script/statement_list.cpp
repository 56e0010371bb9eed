#include "godwit/statement.hpp"

namespace godwit {
namespace {

constexpr std::size_t kBlock = 16;  // statements behind one anchor

// What a packed statement begins with: which of its numbers are the usual ones, and left out.
constexpr unsigned kSameTraits = 1U;  // as the one before it
constexpr unsigned kGapOfOne = 2U;    // a line break before it
constexpr unsigned kTailOfOne = 4U;   // a semicolon behind it
constexpr unsigned kFirstColumn = 8U;
constexpr unsigned kNextLine = 16U;
constexpr unsigned kCopyData = 32U;
constexpr unsigned kDirectives = 64U;

constexpr unsigned kMore = 0x80U;  // of a byte of a number: another one follows

std::uint8_t traits_of(const Statement& s) noexcept {
    return static_cast<std::uint8_t>(static_cast<unsigned>(s.kind) |
                                     (static_cast<unsigned>(s.transaction) << 3U) |
                                     (s.sets_session_state ? 32U : 0U) | (s.implicit_commit ? 64U : 0U));
}

void set_traits(Statement& s, unsigned traits) noexcept {
    s.kind = static_cast<StatementKind>(traits & 7U);
    s.transaction = static_cast<TransactionNeed>((traits >> 3U) & 3U);
    s.sets_session_state = (traits & 32U) != 0;
    s.implicit_commit = (traits & 64U) != 0;
}

unsigned usual(const Statement& s, const Statement& before, bool first_of_block) noexcept {
    unsigned flags = 0;
    if (!first_of_block && traits_of(s) == traits_of(before)) flags |= kSameTraits;
    if (s.begin == s.piece_begin + 1) flags |= kGapOfOne;
    if (s.piece_end == s.end + 1) flags |= kTailOfOne;
    if (s.column == 1) flags |= kFirstColumn;
    if (s.line == before.line + 1) flags |= kNextLine;
    if (s.copy_data_begin != 0 || s.copy_data_end != 0) flags |= kCopyData;
    if (s.directives != 0) flags |= kDirectives;
    return flags;
}

}  // namespace

void StatementList::push_back(const Statement& statement) {
    if (size_ > 0) pack_last();
    before_last_ = last_;
    last_ = statement;
    ++size_;
}

void StatementList::expect_times(std::size_t times) {
    packed_.reserve(packed_.size() * times);
    anchors_.reserve(anchors_.size() * times);
}

void StatementList::pack_last() {
    const bool first = (size_ - 1) % kBlock == 0;
    if (first) anchors_.push_back({packed_.size(), last_.piece_begin, size_ == 1 ? 1 : before_last_.line});
    const unsigned flags = usual(last_, before_last_, first);
    packed_.push_back(static_cast<std::uint8_t>(flags));
    put(last_.end - last_.begin);
    if ((flags & kSameTraits) == 0) packed_.push_back(traits_of(last_));
    if ((flags & kGapOfOne) == 0) put(last_.begin - last_.piece_begin);
    if ((flags & kTailOfOne) == 0) put(last_.piece_end - last_.end);
    if ((flags & kFirstColumn) == 0) put(last_.column);
    if ((flags & kNextLine) == 0) put(last_.line - before_last_.line);
    if ((flags & kCopyData) != 0) {
        put(last_.copy_data_begin);
        put(last_.copy_data_end);
    }
    if ((flags & kDirectives) != 0) put(last_.directives);
}

void StatementList::unpack(Statement& s, std::uint64_t& at) const noexcept {
    const unsigned flags = packed_[at++];
    const std::uint32_t length = take(at);
    if ((flags & kSameTraits) == 0) set_traits(s, packed_[at++]);
    s.piece_begin = s.piece_end;
    s.begin = s.piece_begin + ((flags & kGapOfOne) != 0 ? 1 : take(at));
    s.end = s.begin + length;
    s.piece_end = s.end + ((flags & kTailOfOne) != 0 ? 1 : take(at));
    s.column = (flags & kFirstColumn) != 0 ? 1 : take(at);
    s.line += (flags & kNextLine) != 0 ? 1 : take(at);
    s.copy_data_begin = (flags & kCopyData) != 0 ? take(at) : 0;
    s.copy_data_end = (flags & kCopyData) != 0 ? take(at) : 0;
    s.directives = (flags & kDirectives) != 0 ? take(at) : 0;
}

void StatementList::put(std::uint32_t number) {
    for (; number >= kMore; number >>= 7U)
        packed_.push_back(static_cast<std::uint8_t>(number | kMore));
    packed_.push_back(static_cast<std::uint8_t>(number));
}

std::uint32_t StatementList::take(std::uint64_t& at) const noexcept {
    std::uint32_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        const std::uint32_t byte = packed_[at++];
        number |= (byte & ~kMore) << shift;
        if ((byte & kMore) == 0) return number;
    }
}

Statement StatementList::operator[](std::size_t index) const noexcept {
    return *Iterator(*this, index);
}

StatementList::Iterator StatementList::begin() const noexcept {
    return {*this, 0};
}

StatementList::Iterator StatementList::end() const noexcept {
    return {*this, size_};
}

StatementList::Iterator::Iterator(const StatementList& list, std::size_t index) noexcept
    : list_(&list), index_(index) {
    if (index + 1 < list.size_) {
        const Anchor& anchor = list.anchors_[index / kBlock];
        statement_.piece_end = anchor.piece_begin;
        statement_.line = anchor.line;
        at_ = anchor.at;
        for (std::size_t i = index / kBlock * kBlock; i < index; ++i)
            list.unpack(statement_, at_);
    }
    read();
}

StatementList::Iterator& StatementList::Iterator::operator++() noexcept {
    ++index_;
    read();
    return *this;
}

void StatementList::Iterator::read() noexcept {
    if (index_ >= list_->size_) return;
    if (index_ + 1 == list_->size_)
        statement_ = list_->last_;
    else
        list_->unpack(statement_, at_);
}

}  // namespace godwit
