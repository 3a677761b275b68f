#ifndef SEQREC_H
#define SEQREC_H

/* The C interface of seqrec: open a model file, ask it what comes next, close it.
 *
 *   seqrec_session* session = NULL;
 *   if (seqrec_open("model.safetensors", NULL, 0, &session) != SEQREC_OK) puts(seqrec_last_error());
 *   const char* history[] = {"50", "172", "181"};
 *   seqrec_item items[10];
 *   int64_t count = 0;
 *   seqrec_recommend(session, NULL, history, 3, 10, SEQREC_EXCLUDE_SEEN, items, &count, NULL);
 *   seqrec_close(session);
 *
 * Every function that returns a seqrec_status writes its results only on SEQREC_OK, and says what went wrong through
 * seqrec_last_error() otherwise. No exception leaves the library, which starts no thread and prints nothing.
 *
 * Threads: one session may be used by several threads at the same time; seqrec_close must come after the last use. The
 * last error is kept for each thread. A call needs up to 256 KiB of stack, whatever the model.
 *
 * Tokens are bytes that end with a 0, compared byte for byte. */

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SEQREC_API __attribute__((visibility("default")))
#else
#define SEQREC_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum seqrec_status {
  SEQREC_OK = 0,
  SEQREC_ERROR = 1,              /* out of memory, or the model gave no finite score */
  SEQREC_ERROR_USAGE = 2,        /* a NULL, negative or unknown argument */
  SEQREC_ERROR_FILE = 3,         /* a file can't be read, is damaged or not what it should be */
  SEQREC_ERROR_UNKNOWN_USER = 4, /* under SEQREC_REFUSE_UNKNOWN_USER */
  SEQREC_ERROR_EMPTY_HISTORY = 5 /* no item that the model knows, and not SEQREC_ANSWER_EMPTY_HISTORY */
} seqrec_status;

/* Flags of seqrec_open. */
enum {
  /* An unknown user is an error; by default it gets the mean of the known users' embeddings, like a NULL user. */
  SEQREC_REFUSE_UNKNOWN_USER = 1,
  /* An empty history gets what the model makes of it; by default it is an error. */
  SEQREC_ANSWER_EMPTY_HISTORY = 2
};

/* Flags of seqrec_recommend. */
enum {
  /* Leaves out the items of the history and, where a histories file is open, all that the user has seen. */
  SEQREC_EXCLUDE_SEEN = 1
};

typedef struct seqrec_session seqrec_session;

/* The strings belong to the session and live until seqrec_close. */
typedef struct seqrec_item {
  const char* token;
  const char* title; /* "" where the model file has none */
  double score;
} seqrec_item;

/* Opens a model file. `histories_file` may be NULL: then requests by user alone are refused. The session must be closed
 * by seqrec_close; on an error *session is NULL. Both must be regular files; a pipe is refused, and not waited for.
 * They are read, not mapped, and not needed after this returns; one that is written in place meanwhile is an error, one
 * that is replaced (renamed over) is read as it was. */
SEQREC_API seqrec_status seqrec_open(const char* model_file, const char* histories_file, unsigned flags,
                                     seqrec_session** session);

/* The same from bytes in memory that are what such files hold; they are not needed after this returns. `histories` may
 * be NULL. Errors call them "the model" and "the histories". */
SEQREC_API seqrec_status seqrec_open_memory(const void* model, size_t model_bytes, const void* histories,
                                            size_t histories_bytes, unsigned flags, seqrec_session** session);

/* The `k` items that most likely come next, best first, into items[0 .. *count), which has room for k; *count is less
 * where there are fewer. `history` holds n_history tokens, oldest first; items that the model doesn't know are skipped,
 * and counted in *unknown unless that is NULL. A NULL history stands for the user's own, from the histories file.
 * `user` may be NULL. */
SEQREC_API seqrec_status seqrec_recommend(const seqrec_session* session, const char* user, const char* const* history,
                                          int64_t n_history, int64_t k, unsigned flags, seqrec_item* items,
                                          int64_t* count, int64_t* unknown);

/* The scores of n_items given items after a history (user and history as above) into scores[0 .. n_items); NaN for an
 * item that the model doesn't know. Scores compare within one request only. */
SEQREC_API seqrec_status seqrec_score(const seqrec_session* session, const char* user, const char* const* history,
                                      int64_t n_history, const char* const* items, int64_t n_items, double* scores);

/* Frees a session and its strings; NULL is legal. */
SEQREC_API void seqrec_close(seqrec_session* session);

/* What went wrong at the last call of this thread that failed, "" if none did. Lives until this thread's next failing
 * call; must not be freed. */
SEQREC_API const char* seqrec_last_error(void);

/* "0.1.0"; lives for ever. */
SEQREC_API const char* seqrec_version(void);

#ifdef __cplusplus
}
#endif

#endif
