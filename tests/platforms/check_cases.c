/* check_cases CASE...: asks libseqrec what each CASE.requests asks (tests/platforms/make_cases.cpp) of the model
 * CASE.safetensors. Prints for each case the largest error, as a share of what is allowed, and a hash of the bits of
 * all scores; ends with 1 if one is over 1. C and <seqrec.h> alone, so that it runs wherever libseqrec does. */
#include <math.h>
#include <seqrec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kMaxText = 64, kMaxHistory = 64, kMaxItems = 512 };
typedef char text[kMaxText];

static void fail(const char* name, const char* why) {
  printf("FAILED %s: %s\n", name, why);
  exit(1);
}

/* FNV-1a. */
static void add_to_hash(uint64_t* hash, const void* bytes, size_t n) {
  for (size_t i = 0; i < n; ++i) *hash = (*hash ^ ((const unsigned char*)bytes)[i]) * 1099511628211u;
}

static void read_text(FILE* file, const char* name, text to) {
  if (fscanf(file, "%63s", to) != 1) fail(name, "the requests end too early");
}
static int read_count(FILE* file, const char* name, int most) {
  int count = 0;
  if (fscanf(file, "%d", &count) != 1 || count < 0 || count > most) fail(name, "a bad number in the requests");
  return count;
}
/* Items and the scores that they should have. */
static int read_expected(FILE* file, const char* name, text* items, double* scores) {
  const int n = read_count(file, name, kMaxItems);
  for (int i = 0; i < n; ++i) {
    read_text(file, name, items[i]);
    if (fscanf(file, "%lf", &scores[i]) != 1) fail(name, "a bad score in the requests");
  }
  return n;
}

static void check(const char* name) {
  static text history[kMaxHistory], items[kMaxItems], user;
  static double expected[kMaxItems], scores[kMaxItems];
  static seqrec_item best[kMaxItems];
  char path[1024];
  snprintf(path, sizeof path, "%s.requests", name);
  FILE* const file = fopen(path, "r");
  if (file == NULL) fail(name, "its requests can't be read");
  double allowed = 0, largest = 0;
  if (fscanf(file, "%lf", &allowed) != 1) fail(name, "the requests don't say which error is allowed");

  snprintf(path, sizeof path, "%s.safetensors", name);
  seqrec_model* model = NULL;
  seqrec_session* session = NULL;
  if (seqrec_model_open(path, NULL, &model) != SEQREC_OK) fail(name, seqrec_last_error());
  if (seqrec_session_open(model, &session) != SEQREC_OK) fail(name, seqrec_last_error());
  uint64_t hash = 14695981039346656037u;
  int requests = 0;
  while (fscanf(file, "%63s", user) == 1) {
    const int length = read_count(file, name, kMaxHistory);
    const char* tokens[kMaxItems];
    for (int i = 0; i < length; ++i) {
      read_text(file, name, history[i]);
      tokens[i] = history[i];
    }
    ++requests;
    seqrec_query query = SEQREC_QUERY_INIT;
    query.user = user;
    query.history = tokens;
    query.n_history = length;

    /* The best items, as many as are expected, which come in any order. */
    int n = read_expected(file, name, items, expected);
    seqrec_answer answer = SEQREC_ANSWER_INIT;
    answer.items = best;
    answer.room = n;
    if (n > 0 && seqrec_session_recommend(session, NULL, &query, &answer) != SEQREC_OK) fail(name, seqrec_last_error());
    if (answer.count != n) fail(name, "too few items");
    for (int i = 0; i < n; ++i) {
      int found = 0;
      while (found < n && strcmp(items[found], best[i].token) != 0) ++found;
      if (found == n) fail(name, "an item that isn't expected");
      largest = fmax(largest, fabs(best[i].score - expected[found]) / allowed);
      if (isnan(best[i].score)) largest = INFINITY;
      add_to_hash(&hash, best[i].token, strlen(best[i].token));
      add_to_hash(&hash, &best[i].score, sizeof best[i].score);
    }

    /* The scores of given items. */
    n = read_expected(file, name, items, expected);
    const char* asked[kMaxItems];
    for (int i = 0; i < n; ++i) asked[i] = items[i];
    if (n > 0 && seqrec_session_score(session, &query, asked, n, scores) != SEQREC_OK) fail(name, seqrec_last_error());
    for (int i = 0; i < n; ++i) {
      largest = fmax(largest, fabs(scores[i] - expected[i]) / allowed);
      if (isnan(scores[i])) largest = INFINITY;
    }
    add_to_hash(&hash, scores, (size_t)n * sizeof *scores);
  }
  seqrec_session_close(session);
  seqrec_model_close(model);
  fclose(file);
  if (requests == 0) fail(name, "there are no requests");
  const char* const base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
  printf("%-20s %8.2g  %016llx\n", base, largest, (unsigned long long)hash);
  if (!(largest <= 1)) fail(base, "an error is larger than what is allowed");
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: check_cases CASE...\n");
    return 2;
  }
  for (int i = 1; i < argc; ++i) check(argv[i]);
  return 0;
}
