package org.tapeloop.autograd.tck;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A test of one clause of the backend contract, {@code docs/backend-contract.md}. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Test
@ExtendWith(ClauseFailures.class)
@interface Clause {

  /** The clause's number, such as {@code 2.3}. */
  String value();
}
