#include "cli/progress.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <system_error>

#include <unistd.h>

#include "cli/name.h"
#include "core/concat.h"
#include "core/text_stream.h"

namespace seqrec::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenDrawings{100};

double seconds(ProgressBar::Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

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
  for (const std::string& rest : {concat(note.empty() ? "" : "  ", note, left), left, std::string()}) {
    const std::size_t without = line("", rest).size(), around = 3, least = 4;
    if (without + around + least >= columns) continue;
    const std::size_t width = std::min<std::size_t>(24, columns - 1 - without - around);
    const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
    return line(concat(" [", std::string(filled, '='), std::string(width - filled, ' '), "]"), rest);
  }
  const std::string least = line("", "");
  return least.substr(0, columns > 0 ? columns - 1 : 0);
}

ProgressBar::ProgressBar()
    : out_(std::cerr),
      screen_(Screen::of(STDERR_FILENO)),
      measures_(true),
      every_(screen_.terminal ? std::chrono::seconds(1) : std::chrono::seconds(10)) {}

ProgressBar::ProgressBar(std::ostream& out, const Screen& screen, Clock::duration every)
    : out_(out), screen_(screen), measures_(false), every_(every) {}

ProgressBar::~ProgressBar() {
  clear();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ProgressBar::update(const std::string& label, std::int64_t done, std::int64_t total, const std::string& note,
                         const std::string& left) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const bool begins = !active_ || label != label_;
  if (begins) {
    label_ = label;
    start_ = last_ = now;
    active_ = true;
  }
  done_ = done;
  total_ = total;
  note_ = note;
  left_ = left;
  if (now - last_ >= (screen_.terminal ? kBetweenDrawings : every_) || (begins && screen_.terminal)) show(now);
  if (thread_.joinable() || every_ <= Clock::duration::zero()) return;
  try {
    thread_ = std::thread([this] { grow_older(); });
  } catch (const std::system_error&) {  // then what tells nothing on its way is silent
  }
}

void ProgressBar::clear() {
  const std::lock_guard lock(mutex_);
  if (drawn_) out_ << "\r\x1b[K" << std::flush;
  active_ = drawn_ = false;
}

void ProgressBar::grow_older() try {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, every_ / 5, [this] { return ended_; })) {
    const auto now = Clock::now();
    if (active_ && now - last_ >= every_) show(now);
  }
} catch (const std::exception&) {  // no memory for a line
}

void ProgressBar::show(Clock::time_point now) {
  last_ = now;
  const std::string text = line(now);
  drawn_ = screen_.terminal;
  out_ << (drawn_ ? concat("\r", text, "\x1b[K") : concat(program_name(), ": ", text, "\n")) << std::flush;
}

std::string ProgressBar::line(Clock::time_point now) const {
  const double spent = seconds(now - start_);
  const double share = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 0;
  const std::string left = share > 0 ? concat(clock_text(spent * (1 - share) / share), " left", left_) : "";
  if (!screen_.terminal) {
    std::string out = label_;
    for (const std::string& part : {total_ > 0 ? concat(static_cast<int>(100 * share), "%") : std::string(), note_,
                                    clock_text(spent) + " so far", left})
      if (!part.empty()) out += (out.size() == label_.size() ? ": " : ", ") + part;
    return out;
  }
  const std::size_t columns = measures_ ? Screen::of(STDERR_FILENO).columns : screen_.columns;
  if (total_ <= 0) return shortened(concat(label_, "  ", clock_text(spent)), columns > 0 ? columns - 1 : 0);
  return bar_line(label_, share, note_, left.empty() ? "" : "  " + left, columns);
}

}  // namespace seqrec::cli
