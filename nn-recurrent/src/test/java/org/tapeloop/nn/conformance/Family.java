package org.tapeloop.nn.conformance;

import java.util.List;
import org.tapeloop.autograd.DType;

/** One family of cases: what its kinds compute, and how results are held against the file. */
interface Family {

  /** Its name in the files. */
  String name();

  /** How many cases of it the project carries. */
  int carried();

  /** Whether the library computes this kind. */
  boolean supports(String kind);

  /**
   * Computes the case on the current backend and compares every result.
   *
   * @throws MalformedCaseException if the file lacks something
   */
  List<Deviation> replay(ConformanceCase replayed, DType dtype);
}
