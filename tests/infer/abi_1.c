/* Version 1 of the C interface, to the byte: what a program was compiled with that is still in use. Nothing here may
 * change; members that a later version 1 adds come after the last ones, and sizes grow. Compiled as C11; that it
 * compiles is the test. */
#include "infer/seqrec.h"

#define SAME(what) _Static_assert(what, #what)

/* Offsets where pointers have 8 bytes, and where they have 4. */
#define SIZE(type, lp64, ilp32) SAME(sizeof(type) == (sizeof(void*) == 8 ? (lp64) : (ilp32)))
#define AT(type, member, lp64, ilp32) SAME(offsetof(type, member) == (sizeof(void*) == 8 ? (lp64) : (ilp32)))
/* i386 alone aligns 8 bytes to 4 in a struct. */
#if !defined(__i386__)

SIZE(seqrec_model_options, 80, 44);
AT(seqrec_model_options, size, 0, 0);
AT(seqrec_model_options, histories_file, 8, 4);
AT(seqrec_model_options, histories, 16, 8);
AT(seqrec_model_options, histories_bytes, 24, 12);
AT(seqrec_model_options, unknown_user, 32, 16);
AT(seqrec_model_options, empty_history, 36, 20);
AT(seqrec_model_options, allocate, 40, 24);
AT(seqrec_model_options, release, 48, 28);
AT(seqrec_model_options, memory_data, 56, 32);
AT(seqrec_model_options, log, 64, 36);
AT(seqrec_model_options, log_data, 72, 40);

SIZE(seqrec_info, 72, 64);
AT(seqrec_info, size, 0, 0);
AT(seqrec_info, model, 8, 4);
AT(seqrec_info, n_items, 16, 8);
AT(seqrec_info, n_users, 24, 16);
AT(seqrec_info, max_history, 32, 24);
AT(seqrec_info, item_vector_width, 40, 32);
AT(seqrec_info, history_vector_width, 48, 40);
AT(seqrec_info, dtype, 56, 48);
AT(seqrec_info, has_titles, 60, 52);
AT(seqrec_info, has_histories, 64, 56);
AT(seqrec_info, has_checksums, 68, 60);

SIZE(seqrec_request_options, 72, 48);
AT(seqrec_request_options, size, 0, 0);
AT(seqrec_request_options, flags, 8, 4);
AT(seqrec_request_options, k, 16, 8);
AT(seqrec_request_options, exclude, 24, 16);
AT(seqrec_request_options, exclude_ids, 32, 20);
AT(seqrec_request_options, n_exclude, 40, 24);
AT(seqrec_request_options, candidates, 48, 32);
AT(seqrec_request_options, candidate_ids, 56, 36);
AT(seqrec_request_options, n_candidates, 64, 40);

SIZE(seqrec_query, 48, 32);
AT(seqrec_query, size, 0, 0);
AT(seqrec_query, user, 8, 4);
AT(seqrec_query, user_id, 16, 8);
AT(seqrec_query, history, 24, 12);
AT(seqrec_query, history_ids, 32, 16);
AT(seqrec_query, n_history, 40, 24);

SIZE(seqrec_item, 32, 24);
AT(seqrec_item, token, 0, 0);
AT(seqrec_item, title, 8, 4);
AT(seqrec_item, score, 16, 8);
AT(seqrec_item, id, 24, 16);
AT(seqrec_item, reserved, 28, 20);

SIZE(seqrec_answer, 48, 40);
AT(seqrec_answer, size, 0, 0);
AT(seqrec_answer, items, 8, 4);
AT(seqrec_answer, room, 16, 8);
AT(seqrec_answer, count, 24, 16);
AT(seqrec_answer, unknown_items, 32, 24);
AT(seqrec_answer, unknown_user, 40, 32);
AT(seqrec_answer, status, 44, 36);

#endif

SAME(SEQREC_ABI_VERSION == 1);
SAME(sizeof(seqrec_status) == 4);
SAME(SEQREC_OK == 0);
SAME(SEQREC_ERROR == 1);
SAME(SEQREC_ERROR_USAGE == 2);
SAME(SEQREC_ERROR_FILE == 3);
SAME(SEQREC_ERROR_UNKNOWN_USER == 4);
SAME(SEQREC_ERROR_EMPTY_HISTORY == 5);
SAME(SEQREC_ERROR_MEMORY == 6);
SAME(SEQREC_ERROR_UNSUPPORTED == 7);
SAME(SEQREC_UNKNOWN_USER_MEAN == 0);
SAME(SEQREC_UNKNOWN_USER_REFUSE == 1);
SAME(SEQREC_EMPTY_HISTORY_REFUSE == 0);
SAME(SEQREC_EMPTY_HISTORY_ANSWER == 1);
SAME(SEQREC_LOG_INFO == 0);
SAME(SEQREC_LOG_WARNING == 1);
SAME(SEQREC_DTYPE_F32 == 1);
SAME(SEQREC_EXCLUDE_SEEN == 1);

/* A declaration of another type is an error. */
typedef seqrec_status status;
uint32_t seqrec_abi_version(void);
const char* seqrec_version(void);
const char* seqrec_last_error(void);
status seqrec_model_open(const char*, const seqrec_model_options*, seqrec_model**);
status seqrec_model_open_memory(const void*, size_t, const seqrec_model_options*, seqrec_model**);
void seqrec_model_close(seqrec_model*);
status seqrec_model_info(const seqrec_model*, seqrec_info*);
status seqrec_item_id(const seqrec_model*, const char*, int32_t*);
status seqrec_user_id(const seqrec_model*, const char*, int32_t*);
status seqrec_item_token(const seqrec_model*, int32_t, const char**);
status seqrec_item_title(const seqrec_model*, int32_t, const char**);
status seqrec_user_token(const seqrec_model*, int32_t, const char**);
status seqrec_item_vectors(const seqrec_model*, int32_t, int64_t, int64_t, float*);
status seqrec_request_open(const seqrec_model*, const seqrec_request_options*, seqrec_request**);
status seqrec_request_unknown(const seqrec_request*, int64_t*, int64_t*);
void seqrec_request_close(seqrec_request*);
status seqrec_session_open(const seqrec_model*, seqrec_session**);
void seqrec_session_close(seqrec_session*);
status seqrec_session_recommend(seqrec_session*, const seqrec_request*, const seqrec_query*, seqrec_answer*);
status seqrec_session_recommend_batch(seqrec_session*, const seqrec_request*, const seqrec_query*, int64_t,
                                      seqrec_answer*);
status seqrec_session_score(seqrec_session*, const seqrec_query*, const char* const*, int64_t, double*);
status seqrec_session_score_ids(seqrec_session*, const seqrec_query*, const int32_t*, int64_t, double*);
status seqrec_session_vector(seqrec_session*, const seqrec_query*, int64_t, float*);
status seqrec_session_start(seqrec_session*, const seqrec_query*);
status seqrec_session_append(seqrec_session*, const char*);
status seqrec_session_append_id(seqrec_session*, int32_t);
