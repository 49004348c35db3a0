package org.tapeloop.autograd.tck;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.DisplayNameGenerator;

/** Shows a test as its clause number and its method name in words. */
final class ClauseNames extends DisplayNameGenerator.Standard {

  @Override
  public String generateDisplayNameForMethod(
      List<Class<?>> enclosingTypes, Class<?> testClass, Method testMethod) {
    Clause clause = testMethod.getAnnotation(Clause.class);
    String words =
        testMethod.getName().replaceAll("(?=[A-Z])", " ").toLowerCase(Locale.ROOT).strip();
    return clause == null ? words : "clause " + clause.value() + ": " + words;
  }
}
