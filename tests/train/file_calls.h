#pragma once

namespace seqrec::train {

/// Counts the calls by which this program changes files (open to make one, write, truncate, rename, unlink, mkdir): the
/// system's functions are defined anew in file_calls.cpp. Writes that follow one another count once, the standard
/// streams' not.
int file_calls();
/// From now on: ends the process, as a kill would, before the call of this number; 0: never.
void kill_before_file_call(int number);

}  // namespace seqrec::train
