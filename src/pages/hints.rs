//! The texts of the hints (M11), one place for all: `<Hint topic=hints::PIN/>`.

use crate::components::HintText;

/// The login.
pub const LOGIN: HintText = HintText {
    about: "имя для входа",
    text: "Это ваше имя для входа в кабинет. Телефон можно писать как удобно: с +7, с 8, с пробелами и скобками.",
};

/// The password.
pub const PASSWORD: HintText = HintText {
    about: "пароль",
    text: "Придумайте новый пароль и не называйте его никому: сотрудники поставщика его никогда не спрашивают.",
};

/// The code of an SMS.
pub const SMS_CODE: HintText = HintText {
    about: "код из SMS",
    text: "Код действует 10 минут. Если сообщение не пришло, через минуту можно запросить новый код.",
};

/// The provider.
pub const PROVIDER: HintText = HintText {
    about: "ресурсоснабжающая организация",
    text: "Кто присылает вам квитанцию. Начните вводить название или регион, например «Пермь», и выберите из списка.",
};

/// The account number.
pub const ACCOUNT_NUMBER: HintText = HintText {
    about: "номер лицевого счёта",
    text: "Номер напечатан в верхней части квитанции, рядом с вашим адресом. Вводите только цифры.",
};

/// The PIN.
pub const PIN: HintText = HintText {
    about: "ПИН-код",
    text: "Восемь цифр, которые подтверждают, что счёт ваш. ПИН-код напечатан на квитанции перед расшифровкой счёта; \
           если квитанции нет, подайте запрос, и мы пришлём его.",
};

/// The lite and the full version.
pub const FULL_ACCESS: HintText = HintText {
    about: "полная версия кабинета",
    text: "До ввода ПИН-кода можно только оплачивать счёт. После — видны адрес, начисления, платежи и показания.",
};

/// The request for a PIN.
pub const PIN_REQUEST: HintText = HintText {
    about: "запрос ПИН-кода",
    text: "Если почта или телефон совпадут с теми, что есть у поставщика, ПИН-код придёт сразу. Иначе запрос рассмотрит \
           сотрудник.",
};

/// The sum to pay.
pub const AMOUNT: HintText = HintText {
    about: "сумма к оплате",
    text: "Можно заплатить весь долг, его часть или больше. Лишнее не пропадёт: оно пойдёт в счёт следующих месяцев.",
};

/// Paying by card.
pub const CARD: HintText = HintText {
    about: "оплата картой",
    text: "Данные карты вводятся на странице банка. Кабинет их не видит и не хранит.",
};

/// The balance.
pub const BALANCE: HintText = HintText {
    about: "остаток по счёту",
    text: "Сколько осталось заплатить по последним начислениям с учётом платежей, сделанных в кабинете.",
};

/// The receipt.
pub const RECEIPT: HintText = HintText {
    about: "квитанция",
    text: "Платёжный документ за выбранный месяц. Его можно сохранить, распечатать или оплатить по QR-коду в приложении \
           банка.",
};

/// Settlements.
pub const SETTLEMENTS: HintText = HintText {
    about: "взаиморасчёты",
    text: "Сколько было на начало месяца, сколько начислено, сколько оплачено и что осталось на конец месяца.",
};

/// Payments.
pub const PAYMENTS: HintText = HintText {
    about: "платежи",
    text: "Все платежи по счёту, где бы они ни были сделаны. Платёж из банка появляется здесь за несколько рабочих дней.",
};

/// A recalculation.
pub const RECALCULATION: HintText = HintText {
    about: "перерасчёт",
    text: "Поставщик исправил начисления за прошлые месяцы. Причина указана рядом, если поставщик её сообщил.",
};

/// Readings.
pub const READINGS: HintText = HintText {
    about: "показания",
    text: "Число на счётчике в указанный день. «Расчётное» — значит, показаний не было и поставщик посчитал сам.",
};

/// Verification of a meter.
pub const VERIFICATION: HintText = HintText {
    about: "поверка счётчика",
    text: "Проверка точности счётчика. После окончания срока поверки начисляют не по счётчику, а по нормативу.",
};

/// Unlinking.
pub const UNLINK: HintText = HintText {
    about: "отключение лицевого счёта",
    text: "Счёт исчезнет из вашего кабинета. Сам счёт, долг и платежи останутся; подключить его можно снова.",
};

/// Every hint, for the help page and the tests.
pub const ALL: [HintText; 18] = [
    LOGIN,
    PASSWORD,
    SMS_CODE,
    PROVIDER,
    ACCOUNT_NUMBER,
    PIN,
    FULL_ACCESS,
    PIN_REQUEST,
    AMOUNT,
    CARD,
    BALANCE,
    RECEIPT,
    SETTLEMENTS,
    PAYMENTS,
    RECALCULATION,
    READINGS,
    VERIFICATION,
    UNLINK,
];
