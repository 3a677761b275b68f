#ifndef SEQREC_H
#define SEQREC_H

/* The C interface of seqrec, version 1: open a model, ask it what comes next.
 *
 *   seqrec_model* model = NULL;
 *   seqrec_session* session = NULL;
 *   const char* history[] = {"50", "172", "181"};
 *   seqrec_query query = SEQREC_QUERY_INIT;
 *   seqrec_item items[10];
 *   seqrec_answer answer = SEQREC_ANSWER_INIT;
 *   query.history = history;
 *   query.n_history = 3;
 *   answer.items = items;
 *   answer.room = 10;
 *   if (seqrec_model_open("model.safetensors", NULL, &model) != SEQREC_OK ||
 *       seqrec_session_open(model, &session) != SEQREC_OK ||
 *       seqrec_session_recommend(session, NULL, &query, &answer) != SEQREC_OK)
 *     puts(seqrec_last_error());
 *   for (int64_t i = 0; i < answer.count; ++i) puts(items[i].token);
 *   seqrec_session_close(session);
 *   seqrec_model_close(model);
 *
 * Objects: a model is what a file holds, a request is what one wants of it, read once and used as often as one likes,
 * a session is one caller: its scratch memory and, if it wants, its history. A model lives until it is closed and all
 * requests and sessions that were opened from it are, in any order.
 *
 * Threads: models and requests never change, and any number of threads may use one at the same time; each thread needs
 * a session of its own, and one that is in use by another is SEQREC_ERROR_USAGE. Closing an object comes after its last
 * use. The library starts no thread. A call needs up to 256 KiB of stack, whatever the model.
 *
 * Errors: a function that returns a seqrec_status writes its results only on SEQREC_OK, and says what went wrong
 * through seqrec_last_error() otherwise. NULL, a number out of its range and an unknown flag or enumerator are
 * SEQREC_ERROR_USAGE. No exception leaves the library, and it ends no process.
 *
 * Structs, but for seqrec_item, begin with their size, which the SEQREC_..._INIT of each sets, as it sets defaults,
 * which are all 0. A later version 1 may add members at the end: what was compiled before has a smaller size and is
 * understood; what was compiled later is understood if the members that this library doesn't know are 0, and refused
 * otherwise.
 *
 * Tokens are bytes that end with a 0, compared byte for byte. Ids number a model's items, and its users, from 1 on; 0
 * is none. */

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

/* ---- Versions -------------------------------------------------------------------------------------------------- */

/* The version of this interface. Within it nothing is taken away and nothing changes its meaning. */
#define SEQREC_ABI_VERSION 1

/* SEQREC_ABI_VERSION of the library that runs. */
SEQREC_API uint32_t seqrec_abi_version(void);

/* The version of the library, "0.2.0"; lives for ever. */
SEQREC_API const char* seqrec_version(void);

/* ---- Statuses -------------------------------------------------------------------------------------------------- */

typedef int32_t seqrec_status;
enum {
  SEQREC_OK = 0,
  SEQREC_ERROR = 1,               /* the model gave no finite score, or this processor can't run the library */
  SEQREC_ERROR_USAGE = 2,         /* a NULL, out of range or unknown argument */
  SEQREC_ERROR_FILE = 3,          /* a file can't be read, is damaged or not what it should be */
  SEQREC_ERROR_UNKNOWN_USER = 4,  /* under SEQREC_UNKNOWN_USER_REFUSE */
  SEQREC_ERROR_EMPTY_HISTORY = 5, /* no item that the model knows, and not SEQREC_EMPTY_HISTORY_ANSWER */
  SEQREC_ERROR_MEMORY = 6,        /* out of memory; whatever was asked still answers */
  SEQREC_ERROR_UNSUPPORTED = 7    /* a kind of model that has no such thing */
};

/* What went wrong at the last call of this thread that failed, "" if none did. Lives until this thread's next failing
 * call. */
SEQREC_API const char* seqrec_last_error(void);

/* ---- Models ---------------------------------------------------------------------------------------------------- */

typedef struct seqrec_model seqrec_model;

/* seqrec_model_options.unknown_user: a user that the model doesn't know. */
enum {
  SEQREC_UNKNOWN_USER_MEAN = 0,  /* gets the mean of the known users' vectors, as no user does */
  SEQREC_UNKNOWN_USER_REFUSE = 1 /* is SEQREC_ERROR_UNKNOWN_USER */
};

/* seqrec_model_options.empty_history: a history without an item that the model knows. */
enum {
  SEQREC_EMPTY_HISTORY_REFUSE = 0, /* is SEQREC_ERROR_EMPTY_HISTORY */
  SEQREC_EMPTY_HISTORY_ANSWER = 1  /* gets what the model makes of it */
};

/* seqrec_model_options.log: what a text is. */
enum { SEQREC_LOG_INFO = 0, SEQREC_LOG_WARNING = 1 };

typedef struct seqrec_model_options {
  size_t size;
  /* What the users did, for queries by user alone and for SEQREC_EXCLUDE_SEEN: a file, or its bytes in memory, which
   * are not needed after the model is open; NULL: neither. */
  const char* histories_file;
  const void* histories;
  size_t histories_bytes;
  int32_t unknown_user;
  int32_t empty_history;
  /* Where this model's tensors lie: its parameters, its tables, and what its sessions compute in. Both or neither;
   * NULL: the C library's. allocate gives `bytes` (more than 0) at a multiple of `alignment` (a power of two), or NULL,
   * and is called by any thread that opens the model or uses it; release takes back what it gave, at the latest when
   * the model's last object is closed. Neither may call this library. Handles, tokens and titles are the C++ library's
   * (operator new). */
  void* (*allocate)(void* memory_data, size_t bytes, size_t alignment);
  void (*release)(void* memory_data, void* block, size_t bytes);
  void* memory_data;
  /* Is told, while the model is opened and by the thread that opens it, what one may want to know of it: a line of text
   * without its end. NULL: no one. */
  void (*log)(void* log_data, int32_t level, const char* text);
  void* log_data;
} seqrec_model_options;

#define SEQREC_MODEL_OPTIONS_INIT \
  { sizeof(seqrec_model_options), NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL }

/* Opens a model file; `options` may be NULL. On an error *model is NULL. Files must be regular; a pipe is refused, and
 * not waited for. They are read, not mapped, and not needed after this returns; one that is written in place meanwhile
 * is an error, one that is replaced (renamed over) is read as it was. */
SEQREC_API seqrec_status seqrec_model_open(const char* file, const seqrec_model_options* options, seqrec_model** model);

/* The same from bytes in memory that are what such a file holds; they are not needed after this returns. Errors call
 * them "the model" and "the histories". */
SEQREC_API seqrec_status seqrec_model_open_memory(const void* bytes, size_t n_bytes,
                                                  const seqrec_model_options* options, seqrec_model** model);

/* Gives a model up; its memory goes with the last request and session that were opened from it. NULL is legal. */
SEQREC_API void seqrec_model_close(seqrec_model* model);

/* seqrec_info.dtype: what scores and vectors are computed in. */
enum { SEQREC_DTYPE_F32 = 1 };

typedef struct seqrec_info {
  size_t size;
  const char* model;            /* "SHAN"; lives as long as the model */
  int64_t n_items;              /* items have the ids 1 to n_items */
  int64_t n_users;              /* users have the ids 1 to n_users */
  int64_t max_history;          /* the most items of a history that the model looks at, its last ones */
  int64_t item_vector_width;    /* of seqrec_item_vectors; 0: this model has none */
  int64_t history_vector_width; /* of seqrec_session_vector; 0: this model has none */
  int32_t dtype;
  int32_t has_titles;
  int32_t has_histories;
  int32_t has_checksums; /* whether damage to the file would have been noticed */
} seqrec_info;

#define SEQREC_INFO_INIT \
  { sizeof(seqrec_info), NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

SEQREC_API seqrec_status seqrec_model_info(const seqrec_model* model, seqrec_info* info);

/* The id of a token; 0 if the model doesn't know it. */
SEQREC_API seqrec_status seqrec_item_id(const seqrec_model* model, const char* token, int32_t* id);
SEQREC_API seqrec_status seqrec_user_id(const seqrec_model* model, const char* token, int32_t* id);

/* The token of an id from 1 on, and an item's title, "" where it has none. Both live as long as the model. */
SEQREC_API seqrec_status seqrec_item_token(const seqrec_model* model, int32_t id, const char** token);
SEQREC_API seqrec_status seqrec_item_title(const seqrec_model* model, int32_t id, const char** title);
SEQREC_API seqrec_status seqrec_user_token(const seqrec_model* model, int32_t id, const char** token);

/* The vectors of the items first, first + 1, ..., first + n - 1, one after the other, into vectors[0 .. n * width);
 * `width` must be the info's item_vector_width. They are those that the model scores items by. */
SEQREC_API seqrec_status seqrec_item_vectors(const seqrec_model* model, int32_t first, int64_t n, int64_t width,
                                             float* vectors);

/* ---- Requests -------------------------------------------------------------------------------------------------- */

typedef struct seqrec_request seqrec_request;

/* seqrec_request_options.flags */
enum {
  /* Leaves out the items of the whole history and, where the model was opened with histories, all that the user has
   * seen. */
  SEQREC_EXCLUDE_SEEN = 1
};

/* Lists are given as tokens or as ids. Tokens that the model doesn't know are skipped and counted. */
typedef struct seqrec_request_options {
  size_t size;
  uint32_t flags;
  int64_t k; /* the most items of an answer; 0: as many as it has room for */
  /* n_exclude items that are left out. */
  const char* const* exclude;
  const int32_t* exclude_ids;
  int64_t n_exclude;
  /* The n_candidates items that are ranked; both NULL: all, so that an empty list needs a pointer, too. */
  const char* const* candidates;
  const int32_t* candidate_ids;
  int64_t n_candidates;
} seqrec_request_options;

#define SEQREC_REQUEST_OPTIONS_INIT \
  { sizeof(seqrec_request_options), 0, 0, NULL, NULL, 0, NULL, NULL, 0 }

/* Reads the options, which are not needed afterwards. On an error *request is NULL. */
SEQREC_API seqrec_status seqrec_request_open(const seqrec_model* model, const seqrec_request_options* options,
                                             seqrec_request** request);

/* How many tokens of its two lists the model doesn't know; either pointer may be NULL. */
SEQREC_API seqrec_status seqrec_request_unknown(const seqrec_request* request, int64_t* exclude, int64_t* candidates);

/* NULL is legal. */
SEQREC_API void seqrec_request_close(seqrec_request* request);

/* ---- Sessions -------------------------------------------------------------------------------------------------- */

typedef struct seqrec_session seqrec_session;

/* On an error *session is NULL. */
SEQREC_API seqrec_status seqrec_session_open(const seqrec_model* model, seqrec_session** session);

/* NULL is legal. */
SEQREC_API void seqrec_session_close(seqrec_session* session);

/* Who is asked about: a user, a history, or both. */
typedef struct seqrec_query {
  size_t size;
  /* A token, or else an id; NULL and 0: nobody. */
  const char* user;
  int32_t user_id;
  /* The history, oldest first, as tokens or as ids. Items that the model doesn't know (an id of 0) are skipped and
   * counted. Both NULL: the user's own, by the model's histories. */
  const char* const* history;
  const int32_t* history_ids;
  int64_t n_history;
} seqrec_query;

#define SEQREC_QUERY_INIT \
  { sizeof(seqrec_query), NULL, 0, NULL, NULL, 0 }

/* token and title live as long as the model; title is "" where there is none. */
typedef struct seqrec_item {
  const char* token;
  const char* title;
  double score; /* compares within one answer only */
  int32_t id;
  int32_t reserved; /* 0 */
} seqrec_item;

typedef struct seqrec_answer {
  size_t size;
  /* Given: memory for `room` items, at least 1. */
  seqrec_item* items;
  int64_t room;
  /* Written. */
  int64_t count;         /* of items, best first, of equal scores the lower id first */
  int64_t unknown_items; /* of the history given, or appended */
  int32_t unknown_user;  /* 1: a user was named that the model doesn't know */
  seqrec_status status;  /* why this one of a batch has no answer */
} seqrec_answer;

#define SEQREC_ANSWER_INIT \
  { sizeof(seqrec_answer), NULL, 0, 0, 0, 0, 0 }

/* The items that most likely come next: at most `room`, and at most the request's k. Without a request (NULL) nothing
 * is excluded; without a query (NULL) the session's own history is asked about. The request must be of the session's
 * model.
 */
SEQREC_API seqrec_status seqrec_session_recommend(seqrec_session* session, const seqrec_request* request,
                                                  const seqrec_query* query, seqrec_answer* answer);

/* The same of n queries, in batches, which takes less time; answers are the same bits. A query that can't be answered
 * has its status in its answer, whose count is 0, and seqrec_last_error() speaks of one of them. Elements of
 * an array have one size. Where memory ran out, some answers may have been written. */
SEQREC_API seqrec_status seqrec_session_recommend_batch(seqrec_session* session, const seqrec_request* request,
                                                        const seqrec_query* queries, int64_t n, seqrec_answer* answers);

/* The scores of n given items, as tokens or as ids, into scores[0 .. n); NaN for an item that the model doesn't know.
 * A NULL query as above. */
SEQREC_API seqrec_status seqrec_session_score(seqrec_session* session, const seqrec_query* query,
                                              const char* const* items, int64_t n, double* scores);
SEQREC_API seqrec_status seqrec_session_score_ids(seqrec_session* session, const seqrec_query* query,
                                                  const int32_t* items, int64_t n, double* scores);

/* The vector that the model makes of a history: its dot product with an item's vector (seqrec_item_vectors) is the
 * score that recommend ranks the item by, up to rounding. `width` must be the info's history_vector_width.
 * SEQREC_ERROR_UNSUPPORTED in a model that scores otherwise (DIEN, Pop, Markov, ItemKNN). A NULL query as above. */
SEQREC_API seqrec_status seqrec_session_vector(seqrec_session* session, const seqrec_query* query, int64_t width,
                                               float* vector);

/* Makes a query's user and history the session's own, in place of what it had; NULL: nobody and no item. A new session
 * has none. Items that the model doesn't know are skipped and counted in the answers. */
SEQREC_API seqrec_status seqrec_session_start(seqrec_session* session, const seqrec_query* query);

/* Appends an item to the session's own history. One that the model doesn't know (an id of 0) is counted as such.
 * Answers are those to a query that gives the whole history, to the bit. */
SEQREC_API seqrec_status seqrec_session_append(seqrec_session* session, const char* item);
SEQREC_API seqrec_status seqrec_session_append_id(seqrec_session* session, int32_t item);

#ifdef __cplusplus
}
#endif

#endif
