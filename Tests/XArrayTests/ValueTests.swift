import Testing
import XArray

@Suite struct ValueTests {
    @Test func anArrayIsEmptyAtFirst() {
        #expect(XArray().isEmpty)
    }
}
