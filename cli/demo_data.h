#pragma once

#include <cstdint>
#include <filesystem>

namespace seqrec::cli {

/// How many readers the made-up bookshop has; the books are always the same 600.
struct DemoSize {
  std::int32_t users = 1500;
};

/// Writes the demo's dataset as atomic files FOLDER/books/books.{inter,user,item}: made-up readers and books. What a
/// model can learn from it: a volume of a series is followed by the next one, readers stay in a genre for a while and
/// then move on to another that they like, and some books are far better known than others. The same bytes everywhere.
/// Folders are made; IoError if something can't be written.
void write_demo_data(const std::filesystem::path& folder, const DemoSize& size = {});

}  // namespace seqrec::cli
