#pragma once

#include <functional>
#include <span>

#include <CLI/CLI.hpp>

namespace seqrec::cli {

/// The program's exit codes. Interrupted by Ctrl-C is a failure too: the work was not done.
/// dist::kAborted, 3, is that of several processes of which one failed.
enum ExitCode : int { kSuccess = 0, kFailure = 1, kUsage = 2 };

/// A command. `declare` adds its options to the parser and returns what runs it once they are read; that returns the
/// exit code, or throws an Error.
struct Command {
  const char* name;
  const char* description;
  const char* examples;
  std::function<int()> (*declare)(CLI::App& app);
};

/// All commands, in the order of the help.
std::span<const Command> commands();

std::function<int()> declare_train(CLI::App& app);
std::function<int()> declare_tune(CLI::App& app);
std::function<int()> declare_evaluate(CLI::App& app);
std::function<int()> declare_metrics(CLI::App& app);
std::function<int()> declare_runs(CLI::App& app);
std::function<int()> declare_compare(CLI::App& app);
std::function<int()> declare_report(CLI::App& app);
std::function<int()> declare_convert(CLI::App& app);
std::function<int()> declare_data(CLI::App& app);
std::function<int()> declare_import(CLI::App& app);
std::function<int()> declare_export(CLI::App& app);
std::function<int()> declare_recommend(CLI::App& app);
std::function<int()> declare_similar(CLI::App& app);
std::function<int()> declare_vectors(CLI::App& app);
std::function<int()> declare_serve(CLI::App& app);
std::function<int()> declare_inspect(CLI::App& app);
std::function<int()> declare_completion(CLI::App& app);
std::function<int()> declare_demo(CLI::App& app);

}  // namespace seqrec::cli
