#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/device.h"
#include "core/key.h"
#include "core/parallel.h"
#include "data/config.h"
#include "infer/session.h"

namespace seqrec::cli {

/// An option that may be repeated, one value each time.
CLI::Option* add_list(CLI::App& app, const std::string& names, std::vector<std::string>& values,
                      const std::string& help);

/// An option or argument that is a path: anything but the empty one, which an unset variable of a shell gives.
CLI::Option* add_path(CLI::App& app, const std::string& names, std::string& path, const std::string& help);
/// The path of a file to read: - is standard input. Of a file to write: - is standard output.
CLI::Option* add_input(CLI::App& app, const std::string& names, std::string& path, const std::string& help);
CLI::Option* add_output(CLI::App& app, const std::string& names, std::string& path, const std::string& help);

/// A model file, or that of a run whose folder it is. IoError if there is none in it.
std::string model_file_of(const std::string& path);

/// UsageError if the file that --out names is one of those that are read, which it would replace.
void require_apart(const std::string& out, std::initializer_list<std::string> read);

/// Makes an option take whole numbers in digits, of this range. CLI11 alone takes nothing for 0, 010 for 8, and for a
/// number that is too large the largest.
CLI::Option* in_range(CLI::Option* option, IntegerRange range);

/// An option that is a whole number, or a list of them.
template <class T>
CLI::Option* add_number(CLI::App& app, const std::string& names, T& value, IntegerRange range,
                        const std::string& help) {
  return in_range(app.add_option(names, value, help), range);
}

/// An option that is a number of bytes: digits, and K, M or G (1024 to the 1st to 3rd) after them.
CLI::Option* add_bytes(CLI::App& app, const std::string& name, std::int64_t& bytes, const std::string& help);

/// An option "--long,--other" that takes one of some words.
template <class T>
CLI::Option* add_choice(CLI::App& app, const std::string& names, T& value, std::map<std::string, T> words,
                        const std::string& help) {
  const auto read = [&value, words, name = names.substr(0, names.find(','))](const std::string& text) {
    const auto found = words.find(text);
    if (found != words.end()) {
      value = found->second;
      return;
    }
    std::string expected;
    for (const auto& [word, meaning] : words) expected += concat(expected.empty() ? "" : " or ", word);
    throw CLI::ValidationError(concat(name, ": got '", text, "', expected ", expected));
  };
  return app.add_option_function<std::string>(names, read, help);
}

/// The options that make a configuration: --dataset, --data-path, --config, --set.
class ConfigOptions {
 public:
  void add_to(CLI::App& app);
  /// What was given. Options that stand for a key are added with `option`.
  data::ConfigInput input() const;
  /// Whether any of them was given.
  bool given() const { return !dataset_.empty() || !data_path_.empty() || !files_.empty() || !settings_.empty(); }

 private:
  std::string dataset_, data_path_;
  std::vector<std::string> files_, settings_;
};

/// --threads: the processors that this process may use, unless given. `apply` sets the pool.
class ThreadsOption {
 public:
  void add_to(CLI::App& app);
  int count() const;
  void apply() const { set_num_threads(count()); }

 private:
  int threads_ = 0;
};

/// --unknown-user and --empty-history: what a session does with them.
void add_policies(CLI::App& app, infer::SessionOptions& options);

/// --device: the CPU, unless given.
void add_device(CLI::App& app, Device& device);

enum class Format { Text, Json, Csv };

/// --log-format or --format: text or json.
void add_format(CLI::App& app, const std::string& names, Format& format);

/// The same of answers: csv too.
void add_answer_format(CLI::App& app, const std::string& names, Format& format);

/// Shows what a dataset or a configuration has to say, on stderr.
void show_notices(const std::vector<std::string>& notices);

}  // namespace seqrec::cli
