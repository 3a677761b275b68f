#pragma once

#include <csignal>

#include <doctest/doctest.h>
#include <sys/resource.h>

/// Runs `body` with files limited to `bytes`, as a full disk would: a write beyond gives an error, not a signal.
template <class Body>
void with_file_limit(rlim_t bytes, Body body) {
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limited{bytes, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
  body();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
}
