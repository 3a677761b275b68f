#include "cli/program.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "cli/classic_locale.h"
#include "cli/command.h"
#include "cli/failure.h"
#include "cli/name.h"
#include "cli/options.h"
#include "cli/signals.h"
#include "cli/standard_streams.h"
#include "core/error.h"
#include "core/shown.h"
#include "core/suggest.h"
#include "data/config.h"
#include "models/list.h"

namespace seqrec::cli {
namespace {

/// CLI11's own words for an unknown command or option name no remedy; these do.
void check_command(int argc, char** argv) {
  std::vector<std::string> known;
  std::string list;
  for (const Command& command : commands()) {
    known.emplace_back(command.name);
    list += concat(list.empty() ? "" : ", ", command.name);
  }
  require<UsageError>(argc > 1, "no command is given; there are ", list);
  if (argv[1][0] == '-') return;
  for (const std::string& name : known)
    if (name == argv[1]) return;
  throw UsageError(concat("unknown command '", shown(argv[1]), "'", suggest(argv[1], known)));
}

/// What may have been meant by an option: one of a like name, -k, or a key of the configuration.
std::string remedy(const CLI::App& app, const std::string& name, const std::vector<std::string>& known) {
  const auto has = [&](const char* option) { return app.get_option_no_throw(option) != nullptr; };
  if (const std::string near = suggest(name, known); !near.empty()) return near;
  std::string key = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  std::ranges::replace(key, '-', '_');
  if (const std::string meant = data::synonym(key); !meant.empty()) key = meant;
  if (key == "topk" && has("-k")) return " (did you mean '-k'?)";
  if (!has("--set")) return "";
  bool is_key = std::ranges::find(data::general_keys(), key, &Key::name) != data::general_keys().end();
  for (const models::ModelInfo& model : models::model_infos())
    is_key = is_key || std::ranges::find(model.keys, key, &Key::name) != model.keys.end();
  return is_key ? concat(": ", key, " is a key, --set ", key, "=VALUE gives it") : "";
}

void check_rest(const CLI::App& app) {
  const std::vector<std::string> rest = app.remaining();
  if (rest.empty()) return;
  if (rest.front().empty() || rest.front().front() != '-')
    throw UsageError(concat("unexpected argument '", shown(rest.front()), "'"));
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  const std::string name = rest.front().substr(0, rest.front().find('='));
  throw UsageError(concat("unknown option '", shown(name), "'", remedy(app, name, known)));
}

/// "seqrec 0.2.0", and before it the name of a program that others made of it.
std::string version() {
  constexpr const char* kSeqrec = "seqrec " SEQREC_VERSION;
  return program_name() == "seqrec" ? kSeqrec : concat(program_name(), " (", kSeqrec, ")");
}

int run(int argc, char** argv) {
  CLI::App app("Sequential recommendation: trains models on RecBole's atomic files and serves them.", program_name());
  app.set_version_flag("--version", version());
  app.set_help_flag("-h,--help", "Show this help and exit");
  app.require_subcommand(1);
  app.footer(concat("\n'", program_name(), " COMMAND --help' shows the options of a command, with examples."));
  std::function<int()> chosen;
  const CLI::App* command = nullptr;
  for (const Command& c : commands()) {
    CLI::App* sub = app.add_subcommand(c.name, c.description);
    sub->footer(concat("\nExamples:\n", with_program_name(c.examples)));
    sub->allow_extras();
    sub->callback([&, sub, run = c.declare(*sub)] {
      chosen = run;
      command = sub;
    });
  }
  // help COMMAND is COMMAND --help.
  static char help_option[] = "--help";
  std::vector<char*> arguments(argv, argv + argc);
  if (argc > 1 && std::string_view(argv[1]) == "help") {
    arguments[1] = help_option;
    if (argc > 2) std::swap(arguments[1], arguments[2]);
    argv = arguments.data();
  }
  std::string help = program_name() + " --help";
  try {
    check_command(argc, argv);
    if (argv[1][0] != '-') help = concat(program_name(), " ", argv[1], " --help");
    app.parse(argc, argv);
    check_rest(*command);
  } catch (const CLI::Success& done) {  // --help, --version
    chosen = [&app, done] { return app.exit(done); };
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return fail(concat(error.what(), "\nSee '", help, "'."), kUsage);
  }
  try {
    const int code = chosen();
    check_output();
    return code;
  } catch (...) {
    const Failure failure = caught_failure();
    return fail(failure.text, failure.code);
  }
}

}  // namespace
}  // namespace seqrec::cli

int seqrec::program(int argc, char** argv) {
  const cli::ClassicLocale locale;
  try {
    const cli::StandardStreams streams;
    const cli::IgnoredSignal file_limit(SIGXFSZ);  // a file beyond ulimit -f is an error, as on a full disk
    cli::set_program_name(argc > 0 ? argv[0] : nullptr);
    return cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    return cli::fail("out of memory", cli::kFailure);
  }
}
