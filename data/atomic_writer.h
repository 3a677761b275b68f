#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/output_file.h"
#include "data/atomic_file.h"

namespace seqrec::data {

/// Writes an atomic file of what people have: dates in float columns become seconds, what a tab would cut is quoted,
/// and what was changed or is missing is counted. Its reader reads what was given.
class AtomicWriter {
 public:
  /// "FILE:LINE" of what is being read.
  using Where = std::function<std::string()>;

  AtomicWriter(const std::filesystem::path& path, std::vector<AtomicField> fields);

  /// The next value of a row, field by field. DataError naming the place for one that the field's type doesn't take.
  void add(std::string_view text, const Where& where);
  /// What errors say of the first row, which may be no row.
  void set_hint(std::string hint) { hint_ = std::move(hint); }
  /// Whether single tokens are told, too, that look like lists of some.
  void set_tokens_are_parts() { tokens_are_parts_ = true; }

  std::int64_t rows() const { return rows_; }
  /// "user_id:token item_id:token"
  std::string header() const;
  /// Makes the file appear. DataError if there is no row.
  void commit(const std::string& input);
  /// Lines that say what was changed or missing.
  std::vector<std::string> notices(const std::string& input) const;

 private:
  struct Count {
    std::int64_t count = 0;
    std::string first;  // where, and of some what

    void add(const Where& where, std::string_view text = {});
  };
  void add_number(const AtomicField& field, std::string_view text, const Where& where);
  void add_text(const AtomicField& field, std::string_view text, const Where& where);
  void write_text(std::string_view text, const Where& where);
  void flush();

  std::vector<AtomicField> fields_;
  OutputFile file_;
  std::string buffer_, hint_;
  std::size_t next_ = 0;
  std::int64_t rows_ = 0;
  bool tokens_are_parts_ = false;
  Count blanks_, padded_, lists_, missing_;
};

}  // namespace seqrec::data
