// The C library under torture: interface KIND MODEL HISTORIES SEED, with the kinds below. Says "tries N", or what is
// wrong, and then exits with 1.
#include "interface.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace torture {

std::uint64_t draw(std::uint64_t& state) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

Question::Question(std::uint64_t seed) {
  std::uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  for (std::uint64_t n = 1 + draw(state) % 20; n > 0; --n)
    history.push_back(draw(state) % 10 == 0 ? "unknown" : "i" + std::to_string(1 + draw(state) % 40));
  history.emplace_back("i1");
  if (draw(state) % 2) user = draw(state) % 5 == 0 ? "nobody" : "u" + std::to_string(1 + draw(state) % 30);
  k = static_cast<std::int64_t>(1 + draw(state) % 15);
  flags = static_cast<std::uint32_t>(draw(state) % 2);
}

std::string Question::ask(const seqrec_model* model, seqrec_session* session) const {
  std::vector<const char*> tokens;
  for (const std::string& token : history) tokens.push_back(token.c_str());
  seqrec_query query = SEQREC_QUERY_INIT;
  query.user = user.empty() ? nullptr : user.c_str();
  query.history = tokens.data();
  query.n_history = static_cast<std::int64_t>(tokens.size());
  seqrec_request_options options = SEQREC_REQUEST_OPTIONS_INIT;
  options.k = k;
  options.flags = flags;
  seqrec_request* request = nullptr;
  std::vector<seqrec_item> items(static_cast<std::size_t>(k));
  seqrec_answer answer = SEQREC_ANSWER_INIT;
  answer.items = items.data();
  answer.room = k;
  std::string out = std::to_string(seqrec_request_open(model, &options, &request));
  out += " " + std::to_string(seqrec_session_recommend(session, request, &query, &answer));
  seqrec_request_close(request);
  out += " " + std::to_string(answer.unknown_items);
  char number[40];
  for (std::int64_t i = 0; i < answer.count; ++i) {
    const seqrec_item& item = items[static_cast<std::size_t>(i)];
    std::snprintf(number, sizeof number, "%a", item.score);
    out += std::string(" ") + item.token + " " + item.title + " " + number;
  }
  const char* const some[] = {"i1", "i7", "unknown", "i40"};
  double scores[4] = {};
  out += " " + std::to_string(seqrec_session_score(session, &query, some, 4, scores));
  for (const double score : scores) {
    std::snprintf(number, sizeof number, " %a", score);
    out += number;
  }
  return out;
}

}  // namespace torture

int main(int argc, char** argv) {
  using namespace torture;
  const std::map<std::string, long (*)(const char*, const char*, std::uint64_t)> kinds = {
      {"allocations", try_allocations}, {"sequences", try_sequences}, {"threads", try_threads}};
  if (argc != 5 || !kinds.contains(argv[1])) {
    std::fprintf(stderr, "usage: interface allocations|sequences|threads MODEL HISTORIES SEED\n");
    return 2;
  }
  try {
    std::printf("tries %ld\n", kinds.at(argv[1])(argv[2], argv[3], std::strtoull(argv[4], nullptr, 10)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
