#include "cli/options.h"

#include <filesystem>
#include <iostream>
#include <limits>
#include <map>

#include <sched.h>

#include "cli/name.h"
#include "core/output_file.h"
#include "core/shown.h"
#include "data/number.h"

namespace seqrec::cli {

CLI::Option* add_list(CLI::App& app, const std::string& names, std::vector<std::string>& values,
                      const std::string& help) {
  return app.add_option(names, values, help)->allow_extra_args(false)->take_all();
}

namespace {

CLI::Option* check_path(CLI::Option* option) {
  const auto reason = [](const std::string& path) { return path.empty() ? "got '', expected a path" : ""; };
  return option->check(CLI::Validator(std::function<std::string(std::string&)>(reason), ""));
}

CLI::Option* dash_is(const char* stream, CLI::Option* option) {
  const auto replace = [stream](std::string& path) {
    if (path == "-") path = stream;
    return std::string();
  };
  return option->transform(CLI::Validator(std::function<std::string(std::string&)>(replace), ""));
}

}  // namespace

CLI::Option* add_path(CLI::App& app, const std::string& names, std::string& path, const std::string& help) {
  return check_path(app.add_option(names, path, help));
}

CLI::Option* add_input(CLI::App& app, const std::string& names, std::string& path, const std::string& help) {
  return dash_is("/dev/stdin", add_path(app, names, path, help));
}

CLI::Option* add_output(CLI::App& app, const std::string& names, std::string& path, const std::string& help) {
  return dash_is("/dev/stdout", add_path(app, names, path, help));
}

CLI::Option* add_bytes(CLI::App& app, const std::string& name, std::int64_t& bytes, const std::string& help) {
  const auto read = [&bytes, name](const std::string& text) {
    constexpr std::string_view kUnits = "KMG";
    const std::size_t unit = text.empty() ? kUnits.npos : kUnits.find(text.back());
    const int shift = unit == kUnits.npos ? 0 : 10 * static_cast<int>(unit + 1);
    const auto number = data::parse_number<std::int64_t>(std::string_view(text).substr(0, text.size() - (shift > 0)));
    if (!number || *number < 1 || *number > std::numeric_limits<std::int64_t>::max() >> shift)
      throw CLI::ValidationError(concat(name, ": got '", text, "', expected a number of bytes such as 500M or 1G"));
    bytes = *number << shift;
  };
  return app.add_option_function<std::string>(name, read, help)->type_name("BYTES");
}

std::string model_file_of(const std::string& path) {
  if (!is_folder(path)) return path;
  const std::filesystem::path file = std::filesystem::path(path) / "model.safetensors";
  require<IoError>(file_exists(file), path, " is a folder without a model.safetensors",
                   file_exists(std::filesystem::path(path) / "config.json")
                       ? concat(": its run has no model yet, seqrec train --resume ", path, " goes on with it")
                       : std::string(", expected a model file or the folder of a run"));
  return file.string();
}

void require_apart(const std::string& out, std::initializer_list<std::string> read) {
  if (out.empty() || OutputFile::is_stream(out)) return;
  for (const std::string& input : read) {
    std::error_code absent;  // then they are apart
    require<UsageError>(input.empty() || !std::filesystem::equivalent(out, input, absent), "--out: ", out, " is ",
                        input == out ? "" : input + ", ", "what is read, expected another file");
  }
}

CLI::Option* in_range(CLI::Option* option, IntegerRange range) {
  const auto read = [range, expected = Key::integer("", 0, range, "").expected()](std::string& text) {
    const auto number = data::parse_number<std::int64_t>(text);
    if (!number || *number < range.min || *number > range.max) return concat("got '", text, "', expected ", expected);
    text = std::to_string(*number);
    return std::string();
  };
  return option->transform(CLI::Validator(read, ""));
}

void ConfigOptions::add_to(CLI::App& app) {
  app.add_option("--dataset", dataset_, "Name of the dataset: its files are DIR/NAME/NAME.inter, ...")
      ->type_name("NAME");
  add_path(app, "--data-path", data_path_, "Folder that holds the dataset's folder")->type_name("DIR");
  dash_is("/dev/stdin", check_path(add_list(app, "--config", files_,
                                            "YAML file with RecBole's keys; may be repeated, a later one wins")))
      ->type_name("FILE");
  add_list(app, "--set", settings_, "A key of the configuration, over the files; may be repeated")
      ->type_name("KEY=VALUE");
}

data::ConfigInput ConfigOptions::input() const {
  data::ConfigInput input;
  input.files.assign(files_.begin(), files_.end());
  input.settings = settings_;
  if (!dataset_.empty()) input.options.push_back({"dataset", dataset_, "--dataset"});
  if (!data_path_.empty()) input.options.push_back({"data_path", data_path_, "--data-path"});
  return input;
}

void ThreadsOption::add_to(CLI::App& app) {
  add_number(app, "--threads", threads_, {.min = 1, .max = 1024},
             "Threads to compute with (default: the processors available)")
      ->type_name("N");
}

int ThreadsOption::count() const {
  if (threads_ > 0) return threads_;
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

void add_policies(CLI::App& app, infer::SessionOptions& options) {
  using infer::EmptyHistory, infer::UnknownUser;
  add_choice(app, "--unknown-user", options.unknown_user, {{"mean", UnknownUser::Mean}, {"error", UnknownUser::Error}},
             "An unknown user is the mean of all users (mean, the default) or an error (error)")
      ->type_name("POLICY");
  add_choice(app, "--empty-history", options.empty_history,
             {{"error", EmptyHistory::Error}, {"model", EmptyHistory::Model}},
             "A history without a known item is an error (error, the default) or left to the model (model)")
      ->type_name("POLICY");
}

void add_device(CLI::App& app, Device& device) {
  app.add_option_function<std::string>(
         "--device", [&device](const std::string& text) { device = parse_device(text); },
         "What to compute on: cpu (the default), cuda or cuda:N")
      ->type_name("DEVICE");
}

void add_format(CLI::App& app, const std::string& names, Format& format) {
  add_choice(app, names, format, {{"text", Format::Text}, {"json", Format::Json}}, "text or json (one object per line)")
      ->type_name("FORMAT");
}

void add_answer_format(CLI::App& app, const std::string& names, Format& format) {
  add_choice(app, names, format, {{"text", Format::Text}, {"json", Format::Json}, {"csv", Format::Csv}},
             "text, json (one object per line) or csv (a line for each item)")
      ->type_name("FORMAT");
}

void show_notices(const std::vector<std::string>& notices) {
  for (const std::string& notice : notices)
    std::cerr << program_name() << ": note: " << shown(notice, 2000, "\n") << '\n';
}

}  // namespace seqrec::cli
