#include "cli/terminal.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <iomanip>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "core/concat.h"
#include "core/text_stream.h"

namespace seqrec::cli {

namespace {

std::atomic<bool> interrupted{false};

extern "C" void on_signal(int) { interrupted = true; }

constexpr int kSignals[] = {SIGINT, SIGTERM};

/// Columns of the terminal on stderr; 80 of one that doesn't tell.
std::size_t terminal_width() {
  struct winsize size = {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Interrupt::Interrupt() {
  interrupted = false;
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;  // the next signal does what it does by default
  for (int i = 0; i < 2; ++i) sigaction(kSignals[i], &action, &before_[i]);
}

Interrupt::~Interrupt() {
  for (int i = 0; i < 2; ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

const std::atomic<bool>& Interrupt::flag() { return interrupted; }

IgnoredSignal::IgnoredSignal(int number) : number_(number) {
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(number_, &ignore, &before_);
}

IgnoredSignal::~IgnoredSignal() { sigaction(number_, &before_, nullptr); }

std::string clock_text(double seconds) {
  const auto s = std::llround(seconds);
  TextStream out;
  out << std::setfill('0');
  if (s >= 3600) out << s / 3600 << ':' << std::setw(2);
  out << s / 60 % 60 << ':' << std::setw(2) << s % 60;
  return out.str();
}

std::string bar_line(const std::string& label, double share, const std::string& note, const std::string& left,
                     std::size_t columns) {
  const std::string percent = std::to_string(static_cast<int>(100 * share)) + "%";
  const std::string end = concat(std::string(4 - std::min<std::size_t>(percent.size(), 4), ' '), percent);
  const auto line = [&](const std::string& bar, const std::string& rest) { return concat(label, bar, " ", end, rest); };
  for (const std::string& rest : {concat("  ", note, left), left, std::string()}) {
    const std::size_t without = line("", rest).size(), around = 3, least = 4;
    if (without + around + least >= columns) continue;
    const std::size_t width = std::min<std::size_t>(24, columns - 1 - without - around);
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
    return line(concat(" [", std::string(filled, '='), std::string(width - filled, ' '), "]"), rest);
  }
  const std::string least = line("", "");
  return least.substr(0, columns > 0 ? columns - 1 : 0);
}

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::begin(std::string label) {
  label_ = std::move(label);
  start_ = last_ = Clock::now();
}

void ProgressBar::update(std::int64_t done, std::int64_t total, const std::string& note) {
  const auto now = Clock::now();
  if (!terminal_ || total <= 0 || now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const double spent = std::chrono::duration<double>(now - start_).count();
  const std::string left = share > 0 ? concat("  ", clock_text(spent * (1 - share) / share), " left") : "";
  std::cerr << '\r' << bar_line(label_, share, note, left, terminal_width()) << "\x1b[K" << std::flush;
  drawn_ = true;
}

void ProgressBar::clear() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace seqrec::cli
