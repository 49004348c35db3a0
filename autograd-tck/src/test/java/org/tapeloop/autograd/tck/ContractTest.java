package org.tapeloop.autograd.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page and the suite have the same clauses. */
class ContractTest {
  private static final Pattern CLAUSE = Pattern.compile("(?m)^- \\*\\*(\\d+\\.\\d+)\\*\\* ");

  @Test
  void everyClauseOfThePageHasOneTestAndEveryTestItsClause() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "backend-contract.md"));
    List<String> written = CLAUSE.matcher(page).results().map(clause -> clause.group(1)).toList();
    assertTrue(written.size() > 40, "clauses on the page: " + written);
    assertEquals(sorted(written), sorted(testedClauses()));
  }

  private static List<String> testedClauses() {
    List<String> tested = new ArrayList<>();
    for (Class<?> group : BackendVerification.class.getDeclaredClasses()) {
      for (Method method : group.getSuperclass().getDeclaredMethods()) {
        Clause clause = method.getAnnotation(Clause.class);
        if (clause != null) {
          tested.add(clause.value());
        }
      }
    }
    return tested;
  }

  private static List<String> sorted(List<String> clauses) {
    List<String> copy = new ArrayList<>(clauses);
    Collections.sort(copy);
    return copy;
  }
}
