// Check PORT USER N: prints what docs/readers/Top.java gives.
import java.io.DataInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

public class Check {
  private static DataInputStream in;
  private static OutputStream out;

  private static Object call(List<String> words) {
    try {
      StringBuilder text = new StringBuilder("*" + words.size() + "\r\n");
      for (String word : words) {
        text.append("$").append(word.getBytes(StandardCharsets.UTF_8).length).append("\r\n").append(word).append("\r\n");
      }
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) line.append((char) c);
      int number = Integer.parseInt(line.substring(1).trim());
      if (line.charAt(0) == ':') return (long) number;
      if (number < 0) return null;
      byte[] bytes = new byte[number + 2];
      in.readFully(bytes);
      return new String(bytes, 0, number, StandardCharsets.UTF_8);
    } catch (java.io.IOException error) {
      throw new RuntimeException(error);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Socket socket = new Socket("127.0.0.1", Integer.parseInt(arguments[0]));
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
    PrintStream print = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (var entry : Top.top(Check::call, arguments[1], Integer.parseInt(arguments[2]), "sluice")) {
      print.printf(Locale.ROOT, "%s\t%.4f%n", entry.getKey(), entry.getValue());
    }
  }
}
