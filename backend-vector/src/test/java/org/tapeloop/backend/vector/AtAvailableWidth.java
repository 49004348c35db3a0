package org.tapeloop.backend.vector;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips tests where this JVM has not the vector width of the run: the build runs them at every
 * width.
 */
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(AtAvailableWidth.Condition.class)
@interface AtAvailableWidth {

  /** Asks the vector backend. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      String problem = VectorWidth.problem();
      return problem == null
          ? ConditionEvaluationResult.enabled(VectorWidth.BITS + " bits")
          : ConditionEvaluationResult.disabled(problem);
    }
  }
}
