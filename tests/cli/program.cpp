#include "tests/cli/program.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"

using seqrec::Json;

std::vector<std::string> Outcome::lines() const {
  std::vector<std::string> all;
  std::istringstream text(out);
  for (std::string line; std::getline(text, line);) all.push_back(line);
  return all;
}

std::vector<Json> Outcome::events() const {
  std::vector<Json> all;
  for (const std::string& line : lines()) all.push_back(Json::parse(line));
  return all;
}

std::string Program::built() {
  const char* given = std::getenv("SEQREC_PROGRAM");
  return given ? given : SEQREC_PROGRAM;
}

Program::Program(std::vector<std::string> arguments, const std::string& input, std::string command) {
  arguments.insert(arguments.begin(), std::move(command));
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  seqrec::write_text(folder_ / "in", input);
  const std::string in = folder_ / "in", out = folder_ / "out", err = folder_ / "err";
  pid_ = fork();
  seqrec::require(pid_ >= 0, "can't fork");
  if (pid_ == 0) {
    dup2(open(in.c_str(), O_RDONLY), STDIN_FILENO);
    dup2(open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
}

Program::~Program() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Program::signal(int number) { kill(pid_, number); }

bool Program::wait_for(const std::filesystem::path& file, std::int64_t lines) {
  const auto there = [&] {
    return std::filesystem::exists(file) && std::ranges::count(seqrec::read_text(file), '\n') >= lines;
  };
  for (int i = 0; i < 3000; ++i) {
    if (there()) return true;
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_)
      return there();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

Outcome Program::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  Outcome outcome;
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = seqrec::read_text(folder_ / "out");
  outcome.err = seqrec::read_text(folder_ / "err");
  return outcome;
}

Outcome run(std::vector<std::string> arguments, const std::string& input) {
  return Program(std::move(arguments), input).wait();
}

Outcome shell(const std::string& script) {
  setenv("SEQREC", Program::built().c_str(), 1);
  return Program({"-c", script}, "", "bash").wait();
}

const Trained& trained() {
  static const auto kTrained = [] {
    auto t = std::make_unique<Trained>();
    const Outcome demo = run({"demo", "--users", "60", "--epochs", "2", "--out", (t->folder / "demo").string()});
    seqrec::require(demo.code == 0, "the demo failed: ", demo.err);
    t->data = t->folder / "demo/data";
    t->run = t->folder / "demo/run";
    t->model = t->run + "/model.safetensors";
    return t;
  }();
  return *kTrained;
}
