#include "serve/http.h"

#include "core/json.h"

namespace seqrec::serve {

HttpReply error_reply(int status, std::string_view text) {
  Json body = Json::object();
  body["error"] = text;
  HttpReply reply;
  reply.status = status;
  reply.body = body.dump();
  reply.retry = status == 503;
  return reply;
}

}  // namespace seqrec::serve
