# Makes a C++ source of the page at `/` (PAGE, written to TO): the text, and a Content-Security-Policy that names its one
# script and its one style sheet by their SHA-256, so that the browser runs nothing else.
file(READ "${PAGE}" text)

# What stands between <TAG> and </TAG>, as 'sha256-BASE64'.
function(hash_of tag out)
  string(FIND "${text}" "<${tag}>" begin)
  string(FIND "${text}" "</${tag}>" end)
  string(LENGTH "<${tag}>" length)
  math(EXPR begin "${begin} + ${length}")
  math(EXPR length "${end} - ${begin}")
  if(length LESS 1)
    message(FATAL_ERROR "${PAGE}: no <${tag}>")
  endif()
  string(SUBSTRING "${text}" ${begin} ${length} inner)
  string(SHA256 hex "${inner}")
  set(digits ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  set(base64)
  foreach(place RANGE 0 60 6)  # 3 bytes are 4 digits; 32 bytes are 10 times 3 and 2 more
    string(SUBSTRING "${hex}00" ${place} 6 three)
    foreach(shift 18 12 6 0)
      math(EXPR digit "0x${three} >> ${shift} & 63")
      string(SUBSTRING ${digits} ${digit} 1 digit)
      string(APPEND base64 ${digit})
    endforeach()
  endforeach()
  string(SUBSTRING ${base64} 0 43 base64)
  set(${out} "'sha256-${base64}='" PARENT_SCOPE)
endfunction()

hash_of(script script)
hash_of(style style)
string(JOIN "; " policy "default-src 'none'" "script-src ${script}" "style-src ${style}" "connect-src 'self'" "img-src data:"
  "base-uri 'none'" "form-action 'none'" "frame-ancestors 'none'")
file(WRITE "${TO}" "// Made of serve/page.html by cmake/embed_page.cmake.
#include \"serve/page.h\"

namespace seqrec::serve {

const char* const kPage = R\"page(${text})page\";
const char* const kPagePolicy = \"${policy}\";

}  // namespace seqrec::serve
")
