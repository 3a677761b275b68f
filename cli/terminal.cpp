#include "cli/terminal.h"

#include <cmath>
#include <csignal>
#include <iomanip>
#include <iostream>

#include <unistd.h>

#include "core/text_stream.h"

namespace seqrec::cli {

namespace {

std::atomic<bool> interrupted{false};

extern "C" void on_signal(int) { interrupted = true; }

constexpr int kSignals[] = {SIGINT, SIGTERM};

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

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::begin(std::string label) {
  label_ = std::move(label);
  start_ = last_ = Clock::now();
}

void ProgressBar::update(std::int64_t done, std::int64_t total, const std::string& note) {
  const auto now = Clock::now();
  if (!terminal_ || total <= 0 || now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  constexpr int kWidth = 24;
  const double share = static_cast<double>(done) / static_cast<double>(total);
  const double spent = std::chrono::duration<double>(now - start_).count();
  const int filled = static_cast<int>(share * kWidth);
  std::cerr << '\r' << label_ << " [" << std::string(filled, '=') << std::string(kWidth - filled, ' ') << "] "
            << std::setw(3) << static_cast<int>(100 * share) << "%  " << note;
  if (share > 0) std::cerr << "  " << clock_text(spent * (1 - share) / share) << " left";
  std::cerr << "\x1b[K" << std::flush;
  drawn_ = true;
}

void ProgressBar::clear() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace seqrec::cli
