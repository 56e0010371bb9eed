// The table of commands: one row each feeds help, parsing and documentation.
#include <algorithm>
#include <array>

#include "command.hpp"
#include "commands/verbs.hpp"

namespace godwit::cli {

namespace {

constexpr std::size_t kAnyNumber = 1000;

constexpr Option kDryRun{.name = "dry-run", .help = "only show what would be done"};
constexpr Option kSql{.name = "sql", .help = "the scripts themselves, as one SQL text"};
constexpr Option kAll{.name = "all", .help = "roll back everything"};
constexpr Option kAllowMissingDown{.name = "allow-missing-down",
                                   .help = "step over versions without a down script"};
constexpr Option kSkip{.name = "skip",
                       .type = ValueType::Version,
                       .value = "V",
                       .help = "record V as applied without running it; repeatable",
                       .repeatable = true};
constexpr Option kToUp{
    .name = "to", .type = ValueType::Version, .value = "V", .help = "up to and including V"};
constexpr Option kToDown{
    .name = "to", .type = ValueType::Version, .value = "V", .help = "down to V, which stays applied"};
constexpr Option kTo{
    .name = "to", .type = ValueType::Version, .value = "V", .help = "up or down to V, which ends up applied"};

constexpr Option kEach{.name = "each",
                       .type = ValueType::Text,
                       .value = "FILE|SQL|-",
                       .help = "for each database or schema of a list: a file, a SELECT, or standard input",
                       .suggest = Suggest::Files};
constexpr Option kJobs{.name = "jobs",
                       .type = ValueType::Number,
                       .value = "N",
                       .help = "with --each: how many at once, each on one connection; default 4"};
constexpr Option kFailFast{.name = "fail-fast",
                           .help = "with --each: begin no other database after one has failed"};

const auto kUp =
    std::to_array<Option>({kToUp, kDryRun, kSkip, kOutOfOrder, kChecksum, kEach, kJobs, kFailFast, kReport});
const auto kDown = std::to_array<Option>({kToDown, kAll, kAllowMissingDown, kDryRun});
const auto kGoto = std::to_array<Option>({kDryRun, kAllowMissingDown, kOutOfOrder, kChecksum});
const auto kRedo = std::to_array<Option>({kDryRun, kAllowMissingDown, kChecksum});
const auto kResume = std::to_array<Option>({
    {.name = "done", .help = "the statement in question took effect: go on behind it"},
    {.name = "again", .help = "it did not: run it"},
});
const auto kPlan =
    std::to_array<Option>({kSql, kTo, kAll, kSkip, kOutOfOrder, kChecksum, kAllowMissingDown, kReport});
const auto kStatus = std::to_array<Option>(
    {{.name = "check", .help = "exit 3 when something is pending, 4 when dirty"}, kChecksum});
const auto kNew = std::to_array<Option>({
    {.name = "sql", .type = ValueType::Text, .value = "TEXT", .help = "content of the up file"},
    {.name = "sequential", .help = "the next number instead of a time stamp"},
    {.name = "timestamp", .help = "a time stamp, also where the folder counts"},
    {.name = "digits",
     .type = ValueType::Number,
     .value = "N",
     .help = "width of numbers; default 6, or the folder's"},
});
const auto kForce = std::to_array<Option>(
    {{.name = "why", .type = ValueType::Text, .value = "TEXT", .help = "reason, kept in the history"}});
const auto kValidate = std::to_array<Option>({
    {.name = "at-least",
     .type = ValueType::Version,
     .value = "V",
     .help = "the database must be at V or above"},
    {.name = "exactly", .type = ValueType::Version, .value = "V", .help = "the database must be at V"},
    kChecksum,
    kReport,
});
const auto kRepair = std::to_array<Option>({
    {.name = "accept",
     .type = ValueType::Version,
     .value = "V",
     .help = "the files of V as they are now count as what was applied; repeatable",
     .repeatable = true},
    {.name = "forget",
     .type = ValueType::Version,
     .value = "V",
     .help = "V counts as not applied; repeatable",
     .repeatable = true},
    kDryRun,
    kChecksum,
});
const auto kBaseline = std::to_array<Option>({kDryRun});
const auto kCheck = std::to_array<Option>({
    {.name = "against",
     .type = ValueType::Text,
     .value = "REF",
     .help = "the branch, tag or commit to compare with: origin/main",
     .suggest = Suggest::GitRefs},
    kChecksum,
    kReport,
});
const auto kRename = std::to_array<Option>({
    {.name = "after-latest", .help = "behind the newest of the other versions"},
    kDryRun,
});
const auto kHistory = std::to_array<Option>({
    {.name = "up-script",
     .type = ValueType::Version,
     .value = "V",
     .help = "print the up script of V as it was applied"},
    {.name = "down-script",
     .type = ValueType::Version,
     .value = "V",
     .help = "print the down script stored when V was applied"},
});
const auto kDrop = std::to_array<Option>({{.name = "schema",
                                           .type = ValueType::Text,
                                           .value = "NAME",
                                           .help = "this schema instead of the version table's"}});
const auto kMan = std::to_array<Option>({
    {.name = "write",
     .type = ValueType::Text,
     .value = "DIR",
     .help = "write all pages: DIR/man1, DIR/man5, DIR/man7",
     .suggest = Suggest::Folders},
    {.name = "markdown", .help = "the tables of commands or of the configuration, as Markdown"},
});
const auto kWait = std::to_array<Option>(
    {{.name = "until-current", .help = "until nothing is pending and the database is clean"}});

const auto kCommands = std::to_array<Command>({
    {"init",
     "",
     "write godwit.yaml and make the migrations' folder",
     "Writes what the command line names (--source, --database without a password) into the file.",
     {},
     0,
     0,
     run_init},
    {"new", "NAME", "make the files of the next migration and print their paths",
     "Goes on counting where the folder counts, else begins the name with a time stamp.", kNew, 1, 1,
     run_new},
    {"status", "", "what is applied, pending, failed, changed, missing or out of order", "", kStatus, 0, 0,
     run_status},
    {"plan", "[up [N] | down [N] | goto V | redo [N]]", "what a command would do, without doing it",
     "Writes nothing and takes no lock.", kPlan, 0, 2, run_plan, Suggest::Nothing, "up down goto redo"},
    {"up", "[N]", "apply pending migrations", "Without N: all of them.", kUp, 0, 1, run_up},
    {"down", "[N]", "roll back, newest first",
     "Without N: one. Uses the down script stored when a migration was applied where the file is gone or has "
     "changed.\n"
     "A version without a down script stops the command before anything is done.",
     kDown, 0, 1, run_down},
    {"goto", "V", "go up or down to version V", "", kGoto, 1, 1, run_goto, Suggest::Versions},
    {"redo", "[N]", "roll back the newest N migrations and apply them again", "Without N: one.", kRedo, 0, 1,
     run_redo},
    {"resume", "", "finish the half-done migration, and nothing else",
     "Goes on behind the last finished statement, as up and down do. --done and --again answer for the\n"
     "statement that was running when the run was cut off, or that failed; the history keeps the answer.",
     kResume, 0, 0, run_resume},
    {"force", "V", "set the version and clear the dirty mark, without running anything",
     "V is a version, or none. Recorded in the history with who, when and why.", kForce, 1, 1, run_force,
     Suggest::Versions, "none"},
    {"version",
     "",
     "print the current version",
     "Exit code 3 when nothing is applied, 4 when dirty.",
     {},
     0,
     0,
     run_version},
    {"history", "[N]", "what was done, newest first", "Without N: all of it.", kHistory, 0, 1, run_history},
    {"validate", "", "check that files and ledger agree",
     "Checksums, order, names, duplicates, missing downs, unknown versions. Exit code 5 when they do not.",
     kValidate, 0, 0, run_validate},
    {"repair", "[V ...]", "bring the ledger in line, after a look",
     "Prints what it changes, and asks. Without --accept and --forget: what another tool or a person did to "
     "the\n"
     "version table is written down, a lost history is rebuilt, and a failed try that left nothing is "
     "cleared.\n"
     "More versions may follow the one behind --accept or --forget. Runs none of the migrations.",
     kRepair, 0, kAnyNumber, run_repair, Suggest::Versions},
    {"baseline", "V", "a database that already has the schema: everything up to V counts as applied",
     "Runs none of the migrations; what counts as applied already stays so.", kBaseline, 1, 1, run_baseline,
     Suggest::Versions},
    {"check", "", "compare the migrations with those of a git ref, for pull requests",
     "Finds what is a duplicate, edited, reordered, removed, or older than what is merged. Exit code 5 for "
     "these.\n"
     "Needs no database.",
     kCheck, 0, 0, run_check},
    {"rename", "V ...", "give migrations that are not applied yet new versions",
     "Both halves; titles stay. V is a version, or a file where two have the same version. Refuses what the\n"
     "database has applied, if one is named.",
     kRename, 1, kAnyNumber, run_rename, Suggest::Versions},
    {"drop", "", "drop everything the user owns in the schema", "Asks first; extensions' own objects stay.",
     kDrop, 0, 0, run_drop},
    {"create-db", "", "create the database itself", "", {}, 0, 0, run_create_db},
    {"drop-db", "", "drop the database itself", "Asks first.", {}, 0, 0, run_drop_db},
    {"wait", "", "wait until the database answers", "For 60 s, or as long as --connect-retry says.", kWait, 0,
     0, run_wait},
    {"idle",
     "",
     "do nothing until SIGTERM or SIGINT: keeps a container alive",
     "For docker compose exec ... godwit status. Ends at once, with exit code 0.",
     {},
     0,
     0,
     run_idle},
    {"locks",
     "",
     "who holds or waits for the migration lock, and who blocks the running migration",
     "Takes no lock itself. What other users' sessions run is shown as far as the database allows it.",
     {},
     0,
     0,
     run_locks},
    {"plugins", "", "every driver and source, and why one is refused", "", {}, 0, 0, run_plugins},
    {"config",
     "",
     "every effective setting and where it comes from",
     "Secrets are not shown.",
     {},
     0,
     0,
     run_config},
    {"index",
     "DIR",
     "write migrations.json, from which an HTTP source takes names, sizes and hashes",
     "",
     {},
     1,
     1,
     run_index,
     Suggest::Folders},
    {"completion",
     "bash|zsh|fish",
     "print the completion script of a shell",
     "For one session: source <(godwit completion bash), or godwit completion fish | source. The packages\n"
     "install all three.",
     {},
     1,
     1,
     run_completion,
     Suggest::Nothing,
     "bash zsh fish"},
    {"man", "[PAGE]", "print a page of the manual",
     "In troff's language, for: godwit man up | man -l -. PAGE is a command, godwit.yaml or godwit-plugin;\n"
     "with --markdown commands or configuration.",
     kMan, 0, 1, run_man, Suggest::Pages},
    {"help", "[COMMAND]", "this help, or one command's", "", {}, 0, 1, run_help, Suggest::Commands},
});

}  // namespace

std::span<const Command> commands() {
    return kCommands;
}

const Command* find_command(std::string_view name) {
    const auto it = std::ranges::find(kCommands, name, &Command::name);
    return it == kCommands.end() ? nullptr : &*it;
}

}  // namespace godwit::cli
