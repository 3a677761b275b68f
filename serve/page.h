#pragma once

namespace seqrec::serve {

/// The page at `/` for people, serve/page.html, and the Content-Security-Policy that it is sent with
/// (cmake/embed_page.cmake).
extern const char* const kPage;
extern const char* const kPagePolicy;

}  // namespace seqrec::serve
