#include "serve/search.h"

#include <algorithm>
#include <array>

#include "infer/messages.h"

namespace seqrec::serve {
namespace {

bool is_in_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

bool begins_a_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1))
    if (at == 0 || !is_in_word(text[at - 1])) return true;
  return false;
}

/// Finds among things that each have a token and perhaps a title.
template <class TitleOf>
std::vector<std::int32_t> find(const Vocabulary& tokens, TitleOf title_of, std::string_view asked, std::size_t limit) {
  const std::string text = lower_case(asked);
  const std::vector<std::string> words = infer::split_tokens(text);
  std::array<std::vector<std::int32_t>, 4> found;
  for (std::int32_t id = 1; id < tokens.size(); ++id) {
    const std::string title = lower_case(title_of(id)), token = lower_case(tokens.token(id));
    const auto all = [&](auto holds) {
      return std::ranges::all_of(words,
                                 [&](std::string_view word) { return holds(title, word) || holds(token, word); });
    };
    if (!all([](std::string_view in, std::string_view word) { return in.find(word) != in.npos; })) continue;
    const bool begins = (title.empty() ? token : title).starts_with(text);
    auto& among = found[token == text ? 0 : begins ? 1 : all(begins_a_word) ? 2 : 3];
    if (among.size() < limit) among.push_back(id);
    if (words.empty() && among.size() == limit) break;
  }
  std::vector<std::int32_t> ids;
  for (const auto& among : found) ids.insert(ids.end(), among.begin(), among.end());
  ids.resize(std::min(ids.size(), limit));
  return ids;
}

}  // namespace

std::vector<std::int32_t> find_items(const models::ModelFile& file, std::string_view text, std::size_t limit) {
  const auto title = [&](std::int32_t id) {
    return file.titles.empty() ? std::string_view() : std::string_view(file.titles[static_cast<std::size_t>(id)]);
  };
  return find(file.items, title, text, limit);
}

std::vector<std::int32_t> find_users(const models::ModelFile& file, std::string_view text, std::size_t limit) {
  return find(
      file.users, [](std::int32_t) { return std::string_view(); }, text, limit);
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = [&](std::size_t at) { return at < out.size() ? static_cast<unsigned char>(out[at]) : 0; };
    const int c = byte(i), code = (c & 0x1F) << 6 | (byte(i + 1) & 0x3F);  // of a character of two bytes
    int lower = code;
    if (c >= 'A' && c <= 'Z') out[i] = static_cast<char>(c + 32);
    if (c < 0xC3 || c > 0xD0 || (byte(i + 1) & 0xC0) != 0x80) continue;
    if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) || (code >= 0x391 && code <= 0x3A9) ||
        (code >= 0x410 && code <= 0x42F))
      lower += 32;
    if (code >= 0x400 && code <= 0x40F) lower += 80;
    out[i] = static_cast<char>(0xC0 | lower >> 6);
    out[++i] = static_cast<char>(0x80 | (lower & 0x3F));
  }
  return out;
}

}  // namespace seqrec::serve
