#pragma once

#include <optional>
#include <string>

#include "context.hpp"
#include "godwit/plan.hpp"

namespace godwit::cli {

/// The commands, one file each. They return the exit code or throw godwit::Error.
int run_init(Context& context);
int run_new(Context& context);
int run_status(Context& context);
int run_plan(Context& context);
int run_up(Context& context);
int run_down(Context& context);
int run_goto(Context& context);
int run_redo(Context& context);
int run_resume(Context& context);
int run_force(Context& context);
int run_version(Context& context);
int run_history(Context& context);
int run_validate(Context& context);
int run_repair(Context& context);
int run_baseline(Context& context);
int run_check(Context& context);
int run_rename(Context& context);
int run_drop(Context& context);
int run_create_db(Context& context);
int run_drop_db(Context& context);
int run_wait(Context& context);
int run_idle(Context& context);
int run_locks(Context& context);
int run_plugins(Context& context);
int run_config(Context& context);
int run_index(Context& context);
int run_completion(Context& context);
int run_man(Context& context);
int run_help(Context& context);

/// The goal of up, down, goto or redo from its options and the arguments from `first` on.
/// Throws Errc::Usage.
Goal goal_of(std::string_view verb, const Arguments& arguments, std::size_t first = 0);
/// --out-of-order, --checksum, --allow-missing-down and --skip.
Policy policy_of(Context& context);
/// Runs the goal and shows it while it happens; with --dry-run shows the plan only.
int run_goal(Context& context, const Goal& goal);
/// Shows what a run would do.
int show_plan(Context& context, const Goal& goal);

/// An argument as a count from 1, or as a version. Throws Errc::Usage.
std::size_t count_argument(const std::string& text);
Version version_argument(const std::string& text);

}  // namespace godwit::cli
