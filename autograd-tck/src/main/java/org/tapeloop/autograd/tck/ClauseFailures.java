package org.tapeloop.autograd.tck;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/** Puts the number of the broken clause before the message of every failure. */
final class ClauseFailures implements TestExecutionExceptionHandler {

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    if (failure instanceof TestAbortedException) {
      throw failure;
    }
    String clause = context.getRequiredTestMethod().getAnnotation(Clause.class).value();
    String what = failure instanceof AssertionError ? failure.getMessage() : failure.toString();
    throw new AssertionFailedError("clause " + clause + ": " + what, failure);
  }
}
