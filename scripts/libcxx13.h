// What libc++ 13, which Debian 12's emscripten has, lacks of C++20's library, as far as libseqrec uses it:
// scripts/amalgamate begins seqrec.cpp with it.
#include <version>
#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION >= 14000 && _LIBCPP_VERSION < 16000
#error "seqrec.cpp needs the C++20 library of libc++ 16 or later, or that of libc++ 13, what lacks of which it brings"
#endif
#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 14000
#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <memory>

namespace std {

template <class To, class From>
constexpr To bit_cast(const From& from) noexcept {
  return __builtin_bit_cast(To, from);
}

template <class T>
unique_ptr<T> make_unique_for_overwrite(size_t n) {
  return unique_ptr<T>(new remove_extent_t<T>[n]);
}

inline bool operator==(const from_chars_result& a, const from_chars_result& b) {
  return a.ptr == b.ptr && a.ec == b.ec;
}

namespace ranges {

template <class Compare, class Project>
auto compare_projected(Compare& compare, Project& project) {
  return [&](const auto& a, const auto& b) -> bool {
    return std::invoke(compare, std::invoke(project, a), std::invoke(project, b));
  };
}

template <class Range, class Test, class Project = identity>
auto find_if(Range&& range, Test test, Project project = {}) {
  return std::find_if(std::begin(range), std::end(range),
                      [&](const auto& element) -> bool { return std::invoke(test, std::invoke(project, element)); });
}
template <class Range, class T, class Project = identity>
auto find(Range&& range, const T& value, Project project = {}) {
  return ranges::find_if(
      range, [&](const auto& element) { return element == value; }, project);
}
template <class Range, class Test>
bool any_of(Range&& range, Test test) {
  return std::any_of(std::begin(range), std::end(range), test);
}
template <class Range, class Test>
bool all_of(Range&& range, Test test) {
  return std::all_of(std::begin(range), std::end(range), test);
}
template <class Range, class T>
auto count(Range&& range, const T& value) {
  return std::count(std::begin(range), std::end(range), value);
}
template <class A, class B, class Compare = equal_to, class ProjectA = identity, class ProjectB = identity>
bool equal(A&& a, B&& b, Compare compare = {}, ProjectA project_a = {}, ProjectB project_b = {}) {
  return std::equal(std::begin(a), std::end(a), std::begin(b), std::end(b), [&](const auto& x, const auto& y) -> bool {
    return std::invoke(compare, std::invoke(project_a, x), std::invoke(project_b, y));
  });
}
template <class A, class B>
auto mismatch(A&& a, B&& b) {
  const auto [in1, in2] = std::mismatch(std::begin(a), std::end(a), std::begin(b), std::end(b));
  struct Result {
    decltype(std::begin(a)) in1;
    decltype(std::begin(b)) in2;
  };
  return Result{in1, in2};
}

template <class Out>
struct OutResult {
  Out out;
};
template <class Range, class Out>
OutResult<Out> copy(Range&& range, Out out) {
  return {std::copy(std::begin(range), std::end(range), out)};
}
template <class Range, class Out, class Function>
OutResult<Out> transform(Range&& range, Out out, Function function) {
  return {std::transform(std::begin(range), std::end(range), out,
                         [&](const auto& element) { return std::invoke(function, element); })};
}
template <class A, class B, class Out>
OutResult<Out> set_union(A&& a, B&& b, Out out) {
  return {std::set_union(std::begin(a), std::end(a), std::begin(b), std::end(b), out)};
}
template <class A, class B, class Out>
OutResult<Out> set_difference(A&& a, B&& b, Out out) {
  return {std::set_difference(std::begin(a), std::end(a), std::begin(b), std::end(b), out)};
}
template <class Range, class T>
void fill(Range&& range, const T& value) {
  std::fill(std::begin(range), std::end(range), value);
}

template <class Range, class Compare = less, class Project = identity>
auto min_element(Range&& range, Compare compare = {}, Project project = {}) {
  return std::min_element(std::begin(range), std::end(range), ranges::compare_projected(compare, project));
}
template <class Range>
auto max_element(Range&& range) {
  return std::max_element(std::begin(range), std::end(range));
}
template <class Range>
auto min(Range&& range) {
  return *std::min_element(std::begin(range), std::end(range));
}
template <class Range>
auto max(Range&& range) {
  return *ranges::max_element(range);
}

template <class Range>
bool is_sorted(Range&& range) {
  return std::is_sorted(std::begin(range), std::end(range));
}
template <class Range, class T>
bool binary_search(Range&& range, const T& value) {
  return std::binary_search(std::begin(range), std::end(range), value);
}
template <class Range, class T, class Compare = less, class Project = identity>
auto lower_bound(Range&& range, const T& value, Compare compare = {}, Project project = {}) {
  return std::lower_bound(std::begin(range), std::end(range), value, [&](const auto& element, const auto& of) -> bool {
    return std::invoke(compare, std::invoke(project, element), of);
  });
}
template <class Range, class Compare = less, class Project = identity>
void sort(Range&& range, Compare compare = {}, Project project = {}) {
  std::sort(std::begin(range), std::end(range), ranges::compare_projected(compare, project));
}
template <class Range, class Place, class Compare = less>
void partial_sort(Range&& range, Place middle, Compare compare = {}) {
  std::partial_sort(std::begin(range), middle, std::end(range), compare);
}
template <class Range, class Place, class Compare = less>
void nth_element(Range&& range, Place nth, Compare compare = {}) {
  std::nth_element(std::begin(range), nth, std::end(range), compare);
}
template <class Range>
void push_heap(Range&& range) {
  std::push_heap(std::begin(range), std::end(range));
}
template <class Range>
void pop_heap(Range&& range) {
  std::pop_heap(std::begin(range), std::end(range));
}
template <class Range>
void sort_heap(Range&& range) {
  std::sort_heap(std::begin(range), std::end(range));
}

}  // namespace ranges
}  // namespace std
#endif
