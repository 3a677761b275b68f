#pragma once

namespace seqrec {

/// Empties a vector and gives its memory back: `vector = {}` assigns an empty list, for which it keeps its capacity.
template <class Vector>
void free_memory(Vector& vector) {
  vector = Vector();
}

}  // namespace seqrec
