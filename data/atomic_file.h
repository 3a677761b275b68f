#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/spill.h"
#include "data/dataset.h"

namespace seqrec::data {

/// A column of an atomic file. Texts are views of the file, byte for byte, but for quotes.
struct AtomicColumn {
  std::string name;
  FieldType type = FieldType::Token;
  LargeVector<std::string_view> tokens;  ///< token: [rows], empty: missing; token_seq: [offsets.back()]
  LargeVector<double> floats;            ///< float: [rows], NaN: missing; float_seq: [offsets.back()]
  LargeVector<std::int64_t> offsets;     ///< sequence types: [rows + 1]
  /// Float columns that `AtomicFormat::exact` names, when every value is an integer: the same, exactly.
  LargeVector<std::int64_t> integers;
};

/// A column's name and type in the header.
struct AtomicField {
  std::string name;
  FieldType type;
};

/// A parsed file; owns what the views point to.
struct AtomicTable {
  std::string file;
  std::int64_t rows = 0;
  std::vector<AtomicField> fields;    ///< of the header, all of them
  std::vector<AtomicColumn> columns;  ///< what was asked for
  std::string_view text;
  std::shared_ptr<const void> owner;

  /// Null if there is no such column.
  const AtomicColumn* find(std::string_view name) const;
  /// "FILE:LINE" of a place in the text (of a token).
  std::string place(const char* position) const;
};

/// How to read: RecBole's keys.
struct AtomicFormat {
  std::string field_separator = "\t";
  std::string seq_separator = " ";
  /// Whether a column is read; all are when empty. Others are only counted.
  std::function<bool(std::string_view name)> wanted = {};
  /// The column whose integers are kept exactly (TIME_FIELD); it may hold dates, which become seconds (data/date.h).
  std::string exact = {};
  /// pandas' other words for a missing token ("NA", "null", "nan", ...), as RecBole reads them.
  bool pandas_missing = false;
  /// Whether a field that begins with a quote ends with one, as pandas and R write them (data/quotes.h).
  bool quotes = true;
};

/// pandas' words for a missing token, the empty text apart.
std::span<const std::string_view> missing_words();

/// Name and type of every column: the first line. DataError naming file and line 1; a file in UTF-16 is told so.
std::vector<AtomicField> parse_atomic_header(std::string_view text, const std::string& name,
                                             const AtomicFormat& format);

/// Parses a whole file in memory, in parallel. Lines end in \n or \r\n, the last one may lack it; empty lines are
/// skipped. DataError "FILE:LINE: ..." of the first bad line: header without a type, duplicate or unknown type, too few
/// or too many fields, text in a float column, infinities, a byte 0. IoError if rows come or go meanwhile.
AtomicTable parse_atomic(std::string_view text, const std::string& name, const AtomicFormat& format);

/// A file's text, with who keeps it.
struct AtomicText {
  std::string_view text;
  std::shared_ptr<const void> owner;
};
/// The whole text of a file, decompressed if it is gzipped; mapped while there is a SpillScope. IoError if it can't be
/// read, DataError for damaged gzip data.
AtomicText read_atomic_text(const std::filesystem::path& path);
/// parse_atomic of it. Errors as both have them.
AtomicTable read_atomic_file(const std::filesystem::path& path, const AtomicFormat& format);

}  // namespace seqrec::data
