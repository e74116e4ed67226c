package adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.cli.run.Json;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportTest {
    private static final Group PRODUCTS = Samples.group("products", 0.9, 1.0);

    private static Report sample() {
        return Samples.report(
                List.of(PRODUCTS, Samples.group("nothing", 2, Double.NaN)),
                List.of(
                        Samples.row("products", Samples.caseOf("gemm", "1×2×3"), 120, 100),
                        Samples.row("products", Samples.caseOf("gemm", "4×5×6"), 95, 100),
                        Row.without("linalg", "nothing", Samples.caseOf("softmax", "7×8"), "Rival & Sons is absent")));
    }

    @Test
    @SuppressWarnings("unchecked")
    void rowsHaveTheirFigures() {
        Map<String, Object> json = (Map<String, Object>) Json.parse(sample().toJson());
        List<Map<String, Object>> rows = (List<Map<String, Object>>) json.get("rows");
        assertEquals(3, rows.size());
        Map<String, Object> first = rows.getFirst();
        assertEquals("linalg", first.get("suite"));
        assertEquals("gemm", first.get("kernel"));
        assertEquals("1×2×3", first.get("shape"));
        assertEquals("fp32", first.get("precision"));
        assertEquals(1L, first.get("threads"));
        assertEquals(120L, first.get("ours"));
        assertEquals("GF/s", first.get("unit"));
        assertEquals("Rival & Sons", first.get("peer"));
        assertEquals(100L, first.get("peer_value"));
        assertEquals(1.2, first.get("ratio"));
        assertFalse(first.containsKey("remark"));
        Map<String, Object> last = rows.getLast();
        assertNull(last.get("ratio"));
        assertNull(last.get("ours"));
        assertEquals("Rival & Sons is absent", last.get("remark"));
        assertEquals(Map.of("Rival & Sons", "it is <not> here"), ((Map<String, Object>) json.get("absent")));
        assertTrue(((Map<String, Object>) json.get("machine"))
                .get("jdk")
                .toString()
                .startsWith(Runtime.version().toString()));
    }

    @Test
    void aGroupMeetsItsTargetOnlyIfAllOfItDoes() {
        List<Row> rows = sample().rows();
        assertTrue(Summary.of(PRODUCTS, rows).met());
        assertEquals(0.95, Summary.of(PRODUCTS, rows).worst().orElseThrow().ratio());
        assertEquals(Math.sqrt(1.2 * 0.95), Summary.of(PRODUCTS, rows).mean(), 1e-12);
        assertFalse(Summary.of(Samples.group("products", 0.96, 1.0), rows).met());
        assertFalse(Summary.of(Samples.group("products", 0.9, 1.1), rows).met());
        assertFalse(Summary.of(Samples.group("nothing", 2, Double.NaN), rows).met());
        assertEquals("mean ≥ 1.00, each ≥ 0.90", PRODUCTS.target());
    }

    @Test
    void rowsSayBesideTheirFiguresWhatMatters() {
        Case losses =
                new Case(new Samples.Named("encoder", "2×3", Unit.NATS), Samples.PEER, 1, Case.Vectors.WIDEST, true);
        Row curve = new Row("training", "curves", losses, 2, 2, 1, 1, 1, 3, 0, 4.77e-7, "", "");
        assertEquals("differ by 4.8e-07 at most", curve.note());
        assertEquals(4.77e-7, curve.toMap().get("difference"));
        assertFalse(curve.toMap().containsKey("peer_setting"));
        Case time = Samples.caseOf("gemm", "1×2×3");
        Row set = new Row("training", "times", time, 2, 2, 1, 1, 1, 3, 0, Double.NaN, "2 threads", "");
        assertEquals("2 threads", set.note());
        assertEquals("2 threads", set.toMap().get("peer_setting"));
        assertEquals(
                "it failed", Row.without("training", "times", time, "it failed").note());
    }

    @Test
    void ratiosReadWell() {
        assertEquals("0.013", Report.ratio(0.01259));
        assertEquals("0.97", Report.ratio(0.9666));
        assertEquals("23.4", Report.ratio(23.41));
        assertEquals("–", Report.ratio(Double.NaN));
    }

    @Test
    void thePageIsWellFormedAndAsksNoNetwork() throws Exception {
        String html = new BenchPage(sample()).toHtml();
        Document page = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(html)));
        assertEquals(0, page.getElementsByTagName("script").getLength());
        assertEquals(0, page.getElementsByTagName("link").getLength());
        assertFalse(html.contains("http"), "a reference to the network");
        assertTrue(page.getDocumentElement().getTextContent().contains("Rival & Sons is absent"));
        assertTrue(page.getDocumentElement().getTextContent().contains("it is <not> here"));
    }

    @Test
    void aScaleShowsAllThatItMust() {
        Group group = Samples.group("products", 0.5, Double.NaN);
        RatioScale scale = RatioScale.of(group, List.of(Samples.row("products", Samples.caseOf("a", "b"), 30, 10)));
        for (double shown : new double[] {0.5, 1, 3, 3.3}) {
            assertTrue(scale.at(shown) > 0 && scale.at(shown) < 1, () -> shown + " lies at " + scale.at(shown));
        }
        assertEquals(0, scale.at(scale.low()), 1e-12);
        assertEquals(1, scale.at(scale.high()), 1e-12);
        List<Double> ticks = scale.ticks();
        assertTrue(ticks.contains(1.0) && ticks.size() >= 3, ticks::toString);
        for (int i = 1; i < ticks.size(); i++) {
            assertTrue(ticks.get(i) > ticks.get(i - 1), ticks::toString);
        }
    }
}
