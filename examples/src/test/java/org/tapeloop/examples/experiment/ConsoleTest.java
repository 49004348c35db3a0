package org.tapeloop.examples.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ConsoleTest {

  @Test
  void barIsAsFullAsTheRunIsDone() {
    assertEquals(" 50% [==========          ] now", Console.line(0.5, "now"));
    assertEquals("100% [====================] end", Console.line(1.5, "end"));
  }

  @Test
  void longMessageIsWholeBehindAShorterBar() {
    String message = "loss 1.246 1.798 bits/token 128.7k tokens/s 1002:41 left";
    String line = Console.line(0.25, message);
    assertTrue(line.endsWith("] " + message), line);
    assertEquals(79, line.length());
    assertTrue(line.startsWith(" 25% [===            ]"), line);
  }
}
