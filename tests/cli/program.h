#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/json.h"
#include "tests/temp_folder.h"

/// What the program did: its exit code (128 + the signal that killed it) and what it wrote.
struct Outcome {
  int code = -1;
  std::string out, err;

  /// The lines of standard output.
  std::vector<std::string> lines() const;
  /// Each line as JSON: throws if one isn't.
  std::vector<seqrec::Json> events() const;
};

/// The built program as a child process, its standard streams in files.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments, const std::string& input = "", std::string command = built());
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// The path of the program: SEQREC_PROGRAM of the environment, or what was built.
  static std::string built();

  void signal(int number);
  /// Waits until a file is there, with so many lines; false if the program ends or 30 s pass before.
  bool wait_for(const std::filesystem::path& file, std::int64_t lines = 0);
  Outcome wait();

 private:
  TempFolder folder_;
  pid_t pid_ = -1;
};

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Outcome run(std::vector<std::string> arguments, const std::string& input = "");

/// What bash does of a script, in which $SEQREC is the program.
Outcome shell(const std::string& script);

/// A small dataset "books" and a run that was trained on it (2 epochs), made once for all tests. `data` holds the
/// dataset's folder, `run` the model file.
struct Trained {
  TempFolder folder;
  std::string data, run, model;
};
const Trained& trained();
