#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "serve/serve.h"
#include "tests/models/tiny_model.h"
#include "tests/serve/client.h"
#include "tests/temp_folder.h"

/// Tiny models that are served, with the histories of tiny_file's users, by a thread of this process: SIGTERM ends it.
class Serving {
 public:
  explicit Serving(seqrec::serve::ServeOptions options = {}, std::vector<std::string> models = {"SHAN"});
  ~Serving() { end(); }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  std::filesystem::path file(const std::string& model) const { return folder_ / model; }
  Client connect() const { return Client(port_); }
  /// Waits for the next event of a kind and takes it and those before it.
  seqrec::Json next(const std::string& kind);
  /// Events of a kind that were not taken.
  std::size_t count(const std::string& kind);
  /// Sends the SIGTERM. Once alone: a second one would find a server that listens to signals no more.
  void terminate();
  /// Sends it if nobody did, and waits for the end.
  void end();

  /// Writes a model file, another one for each width.
  static void save(const std::filesystem::path& path, const std::string& model = "SHAN", std::int64_t width = 8);

 private:
  TempFolder folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<seqrec::Json> events_;
  std::uint16_t port_ = 0;
  bool terminated_ = false;
  std::thread thread_;
};
