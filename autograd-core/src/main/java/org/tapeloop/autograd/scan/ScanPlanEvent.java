package org.tapeloop.autograd.scan;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A step was traced and planned. */
@Name("org.tapeloop.ScanPlan")
@Label("Scan Plan")
@Description("A scan's step was compiled to a plan")
@Category("Tapeloop")
@StackTrace(true)
final class ScanPlanEvent extends Event {
  @Label("Steps")
  int steps;

  @Label("Batch")
  int batch;

  @Label("Backend")
  String backend = "";

  @Label("Plan")
  @Description("What is computed where, as explain() prints it")
  String plan = "";
}
