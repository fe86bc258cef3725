import Canvas
import Scenario
import Stepping

/// The questions of the story, and what became of them.
enum QuestionText {
    /// What is asked before the next operation.
    static func open(_ scene: Scene) -> [StyledText] {
        guard let step = scene.state.openQuestion, let ask = scene.scenario.steps[step].ask else {
            return []
        }
        var text = StyledText("? ", Style(.question))
        text.append(scene.look.text(ask.question), Style(.question))
        let key = QuestionSpot(version: scene.state.run.version, step: step)
        if let answer = scene.state.choices.answers[key] {
            text.append("  You said \(scene.look.text(answer.text)).", Style(.answer))
        } else {
            text += scene.look.sentence("  {answer} answers", .dim)
        }
        return [text]
    }

    /// What was said about the operation that has just ended, and what it did.
    static func answered(_ scene: Scene) -> [StyledText] {
        guard let span = scene.moment.span else { return [] }
        let step = scene.timeline.spans[span].directive
        let key = QuestionSpot(version: scene.state.run.version, step: step)
        guard let answer = scene.state.choices.answers[key],
            let right = scene.state.rightAnswer(step)
        else { return [] }
        let look = scene.look
        let sign = answer.isRight ? look[.good] : look[.notEqual]
        var text = StyledText(sign + " ", answer.isRight ? .good : .warning)
        text.append("You said \(look.text(answer.text))", Style(.answer))
        text.append(answer.isRight ? ", and so it is." : "; it is \(look.text(right)).")
        return [text]
    }
}
