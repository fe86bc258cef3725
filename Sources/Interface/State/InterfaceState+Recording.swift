extension InterfaceState {
    /// Goes to a position, as far as there is one: for recorders, which go by themselves.
    public mutating func show(position: Int) {
        move(to: position)
        Sibling.settle(&self)
    }

    /// Fills the screen with this view.
    public mutating func show(_ view: ViewKind) {
        reduce(&self, .view(view))
        Sibling.settle(&self)
    }
}
