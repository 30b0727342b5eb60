//! The instalment plan on the page of a debt: asking, waiting, the schedule, the answer.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Redirect;
use axum::{Form, Router, routing};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::api::call::call;
use crate::api::instalments::{
    AskInstalments, InstalmentsForm, WithdrawInstalments, WithdrawalForm, withdraw_instalments,
};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, Column, DataTable, ErrorSummary, FieldError, LinkButton, MoneyText, Notice,
    NoticeKind, SelectField, SelectOption, SubmitButton, TextArea, error_of,
};
use crate::domain::calendar::show_date;
use crate::domain::id::AccountId;
use crate::domain::instalment::{
    Choice, InstalmentPlan, MAX_NOTE, Part, PartState, PlanState, Progress, ProgressState, months_in_words,
};
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::{Answer, Failure};
use crate::islands::ServerForm;
use crate::pages::glance::contact_of;
use crate::pages::pay::INSTALMENT;
use crate::service::access::FullAccess;
use crate::service::debts::DebtOn;
use crate::service::instalments::{PlanOn, Shown};

/// The route of the button that takes a request back.
pub(super) fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/debt/instalments/withdraw", routing::get(back).post(withdraw))
}

/// A reload, Back, or a return after a sign-in requests the form's address by GET.
async fn back(Path(id): Path<String>) -> Result<Redirect, Failure> {
    let id = AccountId::parse(&id).map_err(|_| Failure::NotFound)?;
    Ok(Redirect::to(&format!("/accounts/{id}/debt")))
}

async fn withdraw(
    State(web): State<Web>,
    parts: Parts,
    Path(id): Path<String>,
    Form(form): Form<WithdrawalForm>,
) -> Answer {
    let form = WithdrawalForm { account_id: id, ..form };
    let called = call(&web, &parts, withdraw_instalments(form)).await?;
    let again = async |FullAccount { signed_in, access }: FullAccount, errors| {
        super::page(&signed_in, &access, InstalmentsForm::default(), errors).await
    };
    called.or_page(&web, parts, again).await
}

/// The card about instalments; empty when there is no plan and none can be asked for.
pub(super) fn card(
    access: &FullAccess,
    on: &DebtOn,
    shown: &Shown,
    form: InstalmentsForm,
    errors: &[FieldError],
) -> impl IntoView + use<> {
    let can_ask = !shown.choices.is_empty();
    let plan = shown.plan.as_ref().and_then(|plan| plan_view(access, on, plan, can_ask));
    let ask = can_ask.then(|| ask_view(access, &shown.choices, form, errors));
    (plan.is_some() || can_ask).then(|| {
        view! {
            <Card title="Рассрочка">
                {plan}
                {ask}
            </Card>
        }
    })
}

fn plan_view(access: &FullAccess, on: &DebtOn, shown: &PlanOn, can_ask: bool) -> Option<AnyView> {
    let PlanOn { plan, progress, is_own } = shown;
    match (plan.state, progress) {
        (PlanState::Asked, _) => Some(waiting_view(access, plan, *is_own).into_any()),
        (PlanState::Agreed, Some(progress)) => match progress.state {
            ProgressState::Running => Some(schedule_view(access, plan, progress).into_any()),
            ProgressState::Broken => Some(broken_view(access, plan, progress).into_any()),
            ProgressState::Completed => plan.is_recent(on.today).then(|| completed_view().into_any()),
        },
        (PlanState::Refused, _) if can_ask => Some(refused_view(access, plan).into_any()),
        _ => None,
    }
}

fn waiting_view(access: &FullAccess, plan: &InstalmentPlan, is_own: bool) -> impl IntoView + use<> {
    let (total, months) = (plan.total, months_in_words(plan.months));
    let withdraw = is_own.then(|| {
        let (account_id, plan_id) = (access.id().to_string(), plan.id.to_string());
        view! {
            <ServerForm
                function=WithdrawInstalments::PATH.to_owned()
                action=format!("/accounts/{account_id}/debt/instalments/withdraw")
            >
                <ErrorSummary errors=Vec::new()/>
                <input type="hidden" name="account_id" value=account_id/>
                <input type="hidden" name="plan_id" value=plan_id/>
                <SubmitButton kind=ButtonKind::Secondary busy="Отзываем…">"Отозвать запрос"</SubmitButton>
            </ServerForm>
        }
    });
    view! {
        <Notice kind=NoticeKind::Info title="Запрос на рассмотрении">
            <p>
                "Вы попросили разделить долг " <MoneyText sum=total/> {format!(" на {months}. ")}
                "Сотрудник поставщика решит, и ответ придёт письмом или SMS."
            </p>
        </Notice>
        {withdraw}
    }
}

fn schedule_view(access: &FullAccess, plan: &InstalmentPlan, progress: &Progress) -> impl IntoView + use<> {
    let head = vec![Column::Text("Оплатить до"), Column::Number("Сумма"), Column::Text("Состояние")];
    let rows = progress.parts.iter().map(part_row).collect_view();
    let next = progress.next().map(|part| {
        let words = format!("Оплатить по рассрочке: {}", part.left);
        let href = format!("/accounts/{}/pay?part={INSTALMENT}", access.id());
        view! {
            <p class="actions"><LinkButton href kind=ButtonKind::Secondary>{words}</LinkButton></p>
        }
    });
    let (total, left, contact) = (plan.total, progress.left, contact_of(access.provider()));
    view! {
        <p>
            "Долг " <MoneyText sum=total/> " разделён на части по соглашению с поставщиком. Осталось "
            <MoneyText sum=left/> "."
        </p>
        <DataTable caption="Платежи по рассрочке" told_above=true head>{rows}</DataTable>
        {next}
        <p class="muted">
            "Любая оплата сначала закрывает старый долг, то есть рассрочку. Новые начисления платите как обычно, сверх этих \
             сумм. Что будет с пеней, спросите у поставщика: "
            {contact}
            "."
        </p>
    }
}

fn part_row(part: &Part) -> impl IntoView + use<> {
    let kind = match part.state {
        PartState::Paid => BadgeKind::SUCCESS,
        PartState::PartlyPaid => BadgeKind::INFO,
        PartState::Due => BadgeKind::Plain,
        PartState::Late => BadgeKind::WARNING,
    };
    let is_partly_paid = part.state != PartState::Paid && part.left != part.instalment.sum;
    let left = is_partly_paid.then(|| {
        let sum = part.left;
        view! { <p class="muted">"осталось " <MoneyText sum/></p> }
    });
    let (day, sum) = (show_date(part.instalment.due_on), part.instalment.sum);
    view! {
        <tr>
            <th scope="row">{day}</th>
            <td class="number" data-label="Сумма"><MoneyText sum/></td>
            <td data-label="Состояние"><Badge kind text=part.state.words()/> {left}</td>
        </tr>
    }
}

fn broken_view(access: &FullAccess, plan: &InstalmentPlan, progress: &Progress) -> impl IntoView + use<> {
    let schedule = schedule_view(access, plan, progress);
    view! {
        <Notice kind=NoticeKind::Warning title="График рассрочки нарушен">
            <p>"Платёж просрочен больше чем на 30 дней. Заплатите его или попросите новую рассрочку ниже."</p>
        </Notice>
        {schedule}
    }
}

fn completed_view() -> impl IntoView {
    view! {
        <Notice kind=NoticeKind::Success title="Рассрочка выплачена">
            <p>"Весь долг по рассрочке оплачен. Спасибо!"</p>
        </Notice>
    }
}

fn refused_view(access: &FullAccess, plan: &InstalmentPlan) -> impl IntoView + use<> {
    let (reason, contact) = (plan.reason.clone().unwrap_or_default(), contact_of(access.provider()));
    view! {
        <Notice kind=NoticeKind::Warning title="В рассрочке отказано">
            <p class="long-text">{reason}</p>
            <p>"Можно попросить на другой срок, заплатить часть или позвонить поставщику: " {contact} "."</p>
        </Notice>
    }
}

fn ask_view(
    access: &FullAccess,
    choices: &[Choice],
    form: InstalmentsForm,
    errors: &[FieldError],
) -> impl IntoView + use<> {
    let account_id = access.id().to_string();
    let action = format!("/accounts/{account_id}/debt");
    let options = choices.iter().map(option).collect();
    let (error_of_months, error_of_note) = (error_of(errors, "months"), error_of(errors, "note"));
    let errors = errors.to_vec();
    let hint = format!("Например, почему сейчас трудно заплатить. До {MAX_NOTE} знаков, без номеров карт.");
    view! {
        <p>"Просроченный долг можно платить частями, раз в месяц. Выберите срок, решение примет сотрудник поставщика."</p>
        <ServerForm function=AskInstalments::PATH.to_owned() action>
            <ErrorSummary errors/>
            <input type="hidden" name="account_id" value=account_id/>
            <SelectField id="months" label="На сколько месяцев" options selected=form.months
                hint="Первый платёж может быть на несколько копеек больше." error=error_of_months/>
            <TextArea id="note" label="Что передать сотруднику" value=form.note hint error=error_of_note
                rows=3 optional=true/>
            <SubmitButton kind=ButtonKind::Secondary busy="Отправляем…">"Попросить рассрочку"</SubmitButton>
        </ServerForm>
    }
}

/// `3 месяца, по 411,52 ₽`.
fn option(choice: &Choice) -> SelectOption {
    SelectOption::new(choice.months.to_string(), format!("{}, по {}", months_in_words(choice.months), choice.sum))
}
