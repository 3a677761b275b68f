#pragma once

namespace seqrec {

/// The whole program `seqrec`, for a main() of one's own. Models that were added before (models::add in models/list.h)
/// are in it as the library's are: in `train`, `--list-keys`, the help, resumed runs, `recommend`, ...
///
///     int main(int argc, char** argv) {
///       seqrec::models::add(SasRec::info());
///       return seqrec::program(argc, argv);
///     }
///
/// It calls itself by the last part of argv[0], in its help and before each error. Results go to standard output, all
/// else to stderr, and nothing is thrown. Returns the exit code:
///   0  done
///   1  failed, or stopped by a signal with a checkpoint: the work was not done; or its report could not be written
///   2  the command line or the configuration is wrong
///   3  `train` of several processes (mpirun): one failed, and all ended
/// While `train` or `demo` train, the first SIGINT or SIGTERM stops them after the running step, and the second one
/// does what it does by default; then what handled these signals before does so again.
int program(int argc, char** argv);

}  // namespace seqrec
