#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <thread>

#include "file.hpp"

using namespace godwit;
using namespace godwit::test;

namespace {

std::unique_ptr<Lock> lock(Driver& driver, Milliseconds wait) {
    return driver.lock(Deadline::in(wait), {});
}

/// Another process that runs `body` and then waits to be killed; `ready` has been written when it may be
/// looked at.
class Process {
  public:
    template <typename Body>
    explicit Process(Body&& body) {
        REQUIRE(pipe(pipe_) == 0);
        pid_ = fork();
        REQUIRE(pid_ >= 0);
        if (pid_ != 0) return;
        const int code = body();
        [[maybe_unused]] const auto written = write(pipe_[1], &code, sizeof code);
        for (;;)
            pause();
    }
    ~Process() {
        if (pid_ > 0) kill_it();
        close(pipe_[0]);
        close(pipe_[1]);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    /// What `body` returned.
    int result() {
        int code = -1;
        REQUIRE(read(pipe_[0], &code, sizeof code) == sizeof code);
        return code;
    }
    void kill_it() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    int pipe_[2] = {-1, -1};
    pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("the lock is a file's, made when needed and removed at the end", "[sqlite][lock]") {
    const File file;
    const auto driver = file.driver();
    auto held = lock(*driver, Milliseconds(0));
    CHECK(file.files() == "app.db-godwit-lock");
    land(*driver, {up_step(1, "CREATE TABLE t (id);", driver->dialect())});
    held.reset();
    CHECK(file.files() == "app.db");
}

TEST_CASE("the holder is named", "[sqlite][lock]") {
    const File file;
    const auto driver = file.driver();
    const auto other = file.driver();
    const auto held = lock(*driver, Milliseconds(0));
    std::string told;
    const auto info = thrown([&] {
        (void)other->lock(Deadline::in(Milliseconds(1200)),
                          [&](std::string_view holder, Milliseconds) { told = holder; });
    });
    CHECK(info.code == Errc::Locked);
    const std::string me = "pid " + std::to_string(getpid()) + ", user ";
    CHECK_THAT(info.message, ContainsSubstring(me));
    CHECK_THAT(info.message, ContainsSubstring("application godwit, since 20"));
    CHECK_THAT(told, ContainsSubstring(me));
}

TEST_CASE("two paths to one file are one lock", "[sqlite][lock]") {
    const File file;
    fs::create_directory(file.folder() / "real");
    fs::create_directory_symlink(file.folder() / "real", file.folder() / "link");
    const auto open = [&](const std::string& name) {
        auto driver = sqlite::open(Url::parse("sqlite:" + (file.folder() / name).string()), DriverOptions{});
        driver->connect();
        return driver;
    };
    const auto first = open("real/a.db");
    const auto second = open("link/a.db");
    const auto held = lock(*first, Milliseconds(0));
    CHECK(thrown([&] { (void)lock(*second, Milliseconds(0)); }).code == Errc::Locked);
    const auto third = open("real/b.db");
    CHECK(lock(*third, Milliseconds(0)) != nullptr);
}

TEST_CASE("another process respects the lock, and its death gives it back", "[sqlite][lock]") {
    const File file;
    std::unique_ptr<Driver> theirs;
    std::unique_ptr<Lock> held;
    Process process([&] {
        theirs = file.driver();
        held = lock(*theirs, Milliseconds(0));
        return held ? 0 : 1;
    });
    REQUIRE(process.result() == 0);
    const auto driver = file.driver();
    const auto info = thrown([&] { (void)lock(*driver, Milliseconds(50)); });
    CHECK(info.code == Errc::Locked);
    CHECK_THAT(info.message, ContainsSubstring("pid " + std::to_string(process.pid())));
    process.kill_it();
    CHECK(lock(*driver, Milliseconds(10'000)) != nullptr);
    CHECK(file.files().empty());
}

TEST_CASE("processes started at once run everything once", "[sqlite][lock]") {
    const File file;
    constexpr int crowd = 6;
    std::vector<std::unique_ptr<Process>> all;
    for (int i = 0; i < crowd; ++i)
        all.push_back(std::make_unique<Process>([&] {
            try {
                const auto driver = file.driver("_busy_timeout=60000");
                const auto held = lock(*driver, Milliseconds(60'000));
                if (driver->state().version) return 0;
                const Dialect& dialect = driver->dialect();
                Recorder recorder;
                const std::vector<Step> steps{up_step(1, "CREATE TABLE t (id);", dialect),
                                              up_step(2, "INSERT INTO t VALUES (1);", dialect)};
                return driver->apply(steps, identity(), recorder).landed == 2 ? 1 : 9;
            } catch (const std::exception&) {
                return 9;
            }
        }));
    int applied = 0;
    for (auto& process : all)
        applied += process->result();
    CHECK(applied == 1);
    CHECK(file.sql("SELECT count(*) FROM t") == "1");
    CHECK(file.version() == "2|0");
    CHECK(file.files() == "app.db");
}

TEST_CASE("a killed run leaves a file that the next one goes on from", "[sqlite][lock]") {
    const File file;
    std::unique_ptr<Driver> theirs;
    Process process([&] {
        theirs = file.driver();
        const Dialect& dialect = theirs->dialect();
        Recorder recorder;
        const std::vector<Step> steps{up_step(1, "CREATE TABLE t (id);", dialect)};
        if (theirs->apply(steps, identity(), recorder).landed != 1) return 1;
        // in the middle of the next one
        Other other(file);
        other.run("BEGIN IMMEDIATE; INSERT INTO t VALUES (1); UPDATE schema_migrations SET version = 2;");
        kill(getpid(), SIGKILL);
        return 0;
    });
    int status = 0;
    REQUIRE(waitpid(process.pid(), &status, 0) == process.pid());
    CHECK(WIFSIGNALED(status));
    const auto driver = file.driver();
    CHECK(driver->state().version == Version::of(1));
    land(*driver, {up_step(2, "INSERT INTO t VALUES (1);", driver->dialect())});
    CHECK(file.sql("SELECT count(*) FROM t") == "1");
}

TEST_CASE("a file that others write to is waited for, and is never empty", "[sqlite][lock]") {
    const File file;
    {
        const auto driver = file.driver();
        land(*driver, {up_step(1, "CREATE TABLE t (id);", driver->dialect())});
    }
    Other other(file);
    SECTION("reading") {
        other.run("BEGIN EXCLUSIVE");
        const auto info = thrown([&] { (void)file.driver("_busy_timeout=50")->state(); });
        CHECK_THAT(info.message, ContainsSubstring("database is locked"));
        CHECK(info.transient);
    }
    SECTION("writing, until it is free") {
        const auto driver = file.driver("_busy_timeout=30000");
        other.run("BEGIN IMMEDIATE");
        std::thread later([&] {
            std::this_thread::sleep_for(Milliseconds(100));
            other.run("COMMIT");
        });
        const Outcome outcome = apply(*driver, {up_step(2, "INSERT INTO t VALUES (1);", driver->dialect())});
        later.join();
        CHECK(outcome.landed == 1);
    }
    SECTION("writing, in vain") {
        const auto driver = file.driver("_busy_timeout=50");
        other.run("BEGIN IMMEDIATE");
        const auto begin = std::chrono::steady_clock::now();
        const Outcome outcome = apply(*driver, {up_step(2, "INSERT INTO t VALUES (1);", driver->dialect())});
        CHECK(std::chrono::steady_clock::now() - begin < Milliseconds(5000));
        REQUIRE(outcome.failure);
        CHECK(outcome.failure->info().native_code == "SQLITE_BUSY");
        CHECK(outcome.failure->info().kept == Kept::Nothing);
        CHECK_THAT(outcome.failure->info().hint, ContainsSubstring("_busy_timeout"));
        other.run("ROLLBACK");
        land(*driver, {up_step(2, "INSERT INTO t VALUES (1);", driver->dialect())});
    }
    SECTION("readers that keep a commit waiting") {
        const auto driver = file.driver("_busy_timeout=50");
        other.run("BEGIN; SELECT * FROM t");
        const Outcome outcome = apply(*driver, {up_step(2, "INSERT INTO t VALUES (1);", driver->dialect()),
                                                up_step(3, "INSERT INTO t VALUES (2);", driver->dialect())});
        REQUIRE(outcome.failure);
        CHECK(outcome.landed == 0);
        CHECK_THAT(outcome.failure->info().message, ContainsSubstring("at COMMIT: database is locked"));
        CHECK(outcome.failure->info().where.version == "2");
        other.run("COMMIT");
        CHECK(file.version() == "1|0");
        land(*driver, {up_step(2, "INSERT INTO t VALUES (1);", driver->dialect())});
    }
    SECTION("lock-timeout and retry") {
        const auto driver = file.driver("_busy_timeout=1");
        other.run("BEGIN IMMEDIATE");
        std::thread later([&] {
            std::this_thread::sleep_for(Milliseconds(150));
            other.run("COMMIT");
        });
        const Outcome outcome =
            apply(*driver,
                  {up_step(2, "-- godwit: lock-timeout 40ms\n-- godwit: retry 500\nINSERT INTO t VALUES (1);",
                           driver->dialect())});
        later.join();
        CHECK(outcome.landed == 1);
    }
}
