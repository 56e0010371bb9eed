#include "render/heartbeat.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "godwit/duration.hpp"
#include "godwit/error.hpp"
#include "godwit/utf8.hpp"

namespace godwit::cli {

namespace {

constexpr std::size_t kBarCells = 20;
constexpr std::chrono::milliseconds kTroublePause = std::chrono::seconds(10);

std::chrono::milliseconds between(RunPosition::Time from, RunPosition::Time to) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

std::string elapsed(std::chrono::milliseconds span) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(span);
    return seconds.count() < 60 ? fmt::format("{} s", seconds.count()) : format_duration(seconds);
}

std::string bar(std::size_t done, std::size_t of) {
    const std::size_t cells = of == 0 ? 0 : std::min(kBarCells, kBarCells * done / of);
    std::string text;
    for (std::size_t i = 0; i < kBarCells; ++i)
        text += i < cells ? "█" : "░";
    return text;
}

/// Which statement runs is known where the ones before it were told one by one.
std::string statement_of(const RunPosition& at) {
    if (at.statements_done > 0 && at.statements > 1)
        return fmt::format("statement {} of {}", std::min(at.statements_done + 1, at.statements),
                           at.statements);
    return at.statements == 1 ? "1 statement" : fmt::format("{} statements", at.statements);
}

std::string server_words(const std::optional<StatementProgress>& progress, std::string_view between) {
    if (!progress) return {};
    std::string text;
    const auto add = [&](const std::string& part) {
        if (!part.empty()) text.append(between).append(part);
    };
    const auto percent = progress->percent ? fmt::format("{:.0f} %", *progress->percent) : "";
    add(progress->phase.empty() || percent.empty() ? progress->phase + percent
                                                   : progress->phase + " " + percent);
    add(progress->blocked_by.empty() ? "" : "blocked by " + progress->blocked_by);
    return text;
}

std::string file_of(const RunPosition& at) {
    if (at.file.empty()) return at.version + " " + at.name;
    return at.file.substr(at.file.rfind('/') + 1);
}

/// As many characters as fit, the last one a mark where some are missing.
std::string cut(const std::string& text, std::size_t width) {
    std::size_t characters = 0;
    std::size_t keep = 0;  ///< bytes of all characters but the last that fits
    for (std::size_t at = 0; at < text.size();) {
        if (++characters == width) keep = at;
        if (characters > width) return text.substr(0, keep) + "…";
        at += std::max<std::size_t>(utf8_character(std::string_view(text).substr(at)), 1);
    }
    return text;
}

}  // namespace

Pace Pace::terminal() {
    using namespace std::chrono_literals;
    return {120ms, 120ms, 2s, 1s};
}

Pace Pace::pipe() {
    using namespace std::chrono_literals;
    return {500ms, 10s, 2s, 5s};
}

void RunPosition::note(const Event& event, Time now) {
    if (const auto* run = std::get_if<RunStarted>(&event)) {
        steps = run->steps;
    } else if (const auto* begun = std::get_if<MigrationStarted>(&event)) {
        running = true;
        version = begun->version;
        name = begun->name;
        file = begun->file;
        statements = begun->statements;
        statements_done = 0;
        migration_began = statement_began = now;
    } else if (const auto* statement = std::get_if<StatementDone>(&event)) {
        statements_done = statement->statement;
        statement_began = now;
    } else if (std::holds_alternative<MigrationDone>(event)) {
        running = false;
        ++done;
    } else if (std::holds_alternative<MigrationFailed>(event) || std::holds_alternative<RunFinished>(event)) {
        running = false;
    }
}

Heartbeat::Heartbeat(Pace pace, Tell tell, Trouble trouble)
    : pace_(pace), tell_(std::move(tell)), trouble_(std::move(trouble)) {}

void Heartbeat::watch(std::unique_ptr<Watcher> watcher) {
    watcher_ = std::move(watcher);
}

void Heartbeat::on(const Event& event, Time now) {
    const std::lock_guard lock(mutex_);
    position_.note(event, now);
    const bool begins = std::holds_alternative<MigrationStarted>(event);
    if (begins) told_ = now;
    if (!begins && !std::holds_alternative<StatementDone>(event)) return;
    ++statement_;
    progress_.reset();
}

bool Heartbeat::due(Time now) const {
    return position_.running && between(told_, now) >= pace_.tell_every;
}

bool Heartbeat::look_due(Time now) const {
    return watcher_ && between(position_.statement_began, now) >= pace_.look_after &&
           between(looked_, now) >= (troubled_ ? kTroublePause : pace_.look_every);
}

void Heartbeat::beat(Time now) {
    std::unique_lock lock(mutex_);
    if (!due(now)) return;
    if (look_due(now)) {
        looked_ = now;
        lock.unlock();
        look();
        lock.lock();
        if (!position_.running) return;
    }
    told_ = now;
    tell_({position_, between(position_.migration_began, now), progress_});
}

void Heartbeat::look() {
    std::size_t asked = 0;
    {
        const std::lock_guard lock(mutex_);
        asked = statement_;
    }
    std::optional<StatementProgress> answer;
    std::string why;
    try {
        answer = watcher_->look();
    } catch (const Error& error) {
        why = error.info().message;
    } catch (const std::exception& error) {  // a look must not end the run, whatever a plugin throws
        why = error.what();
    }
    const std::lock_guard lock(mutex_);
    if (asked == statement_) progress_ = std::move(answer);
    if (!why.empty() && !std::exchange(troubled_, true)) trouble_(why);
}

BeatingReporter::BeatingReporter(Reporter& inner, Pace pace, Heartbeat::Tell tell, Heartbeat::Trouble trouble)
    : inner_(inner),
      pace_(pace),
      beats_(tell != nullptr),
      heart_(pace, std::move(tell), std::move(trouble)) {}

BeatingReporter::~BeatingReporter() = default;

void BeatingReporter::on(const Event& event) {
    if (beats_) heart_.on(event, std::chrono::steady_clock::now());
    inner_.on(event);
    const bool begins = std::holds_alternative<MigrationStarted>(event);
    if (beats_ && begins && !thread_.joinable())
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void BeatingReporter::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        changed_.wait_for(lock, stop, pace_.tick, [] { return false; });
        if (!stop.stop_requested()) heart_.beat(std::chrono::steady_clock::now());
    }
}

std::string bar_line(const Beat& beat, std::size_t width) {
    const RunPosition& at = beat.position;
    const auto line =
        fmt::format("  {} {}/{}  {}  {}  {}{}", bar(at.done, at.steps), at.done, at.steps, file_of(at),
                    statement_of(at), elapsed(beat.elapsed), server_words(beat.progress, "  "));
    return cut(line, width);
}

std::string plain_line(const Beat& beat) {
    const RunPosition& at = beat.position;
    return fmt::format("  … {} of {}  {}  {}, running for {}{}", std::min(at.done + 1, at.steps), at.steps,
                       file_of(at), statement_of(at), elapsed(beat.elapsed),
                       server_words(beat.progress, "; "));
}

}  // namespace godwit::cli
