package org.tapeloop.autograd.scan;

/** How a scan is executed. */
public enum ScanMode {
  /** Step after step, each operation recorded on the tape. */
  EAGER,
  /** By a plan; a step that no plan can be made for is an error. */
  COMPILED,
  /** By a plan where one can be made, else step after step, saying so once. */
  AUTO
}
